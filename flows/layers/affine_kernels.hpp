#pragma once

#include <vector>

#include "flows/tensor/tensor.hpp"
#include "flows/tensor/workspace.hpp"

namespace bornflow {

/// The pointwise part of an affine coupling on channels [first, first + count) of a tensor, with log s and t from the
/// sub-network's output (n or 1 samples; per pixel count numbers a, then count numbers t).
template <class T>
struct AffineKernels {
  int first, count;
  T clamp;
  bool final_relu;  ///< the output went through a ReLU: gradients are those before it

  /// x = s x + t; adds sum log s of each sample to log_det[0 .. n).
  void forward(const Tensor<T>& output, const Tensor<T>& x, double* log_det, Workspace<T>& workspace) const;
  /// z = (z - t) / s.
  void inverse(const Tensor<T>& output, const Tensor<T>& z) const;
  /// z = (z - t) / s, dz = s dz, and output becomes dL/d(output), for dL/d(log_det) = weight. Output needs n samples.
  void backward(const Tensor<T>& output, const Tensor<T>& z, const Tensor<T>& dz, T weight) const;
  /// x = s x + t, dx = dx / s, and output becomes dL/d(output) through the inverse if that is wanted.
  void inverse_transpose(const Tensor<T>& output, const Tensor<T>& x, const Tensor<T>& dx,
                         bool with_output_gradient) const;
};

}  // namespace bornflow
