#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bornflow/base/random.hpp"
#include "flows/network/parameters.hpp"
#include "flows/tensor/tensor.hpp"
#include "flows/tensor/workspace.hpp"

namespace bornflow {

/// The condition a layer sees: a tensor of the layer's image size with n samples, or 1 for the whole batch. Layers that
/// take no condition are given an empty one.
template <class T>
struct Condition {
  Tensor<T> value;
  Tensor<T> gradient;  ///< where backward() adds the gradient; empty if it is not wanted
};

/// One invertible step z = f(x; condition) of a flow. All functions work in place.
///
/// Nothing is remembered between calls, but for what fits into the fixed allotment of Workspace::kept(): backward()
/// recomputes its input from its output, so training memory does not grow with depth. Adding a layer means implementing
/// these five functions and giving it the checks in tests/flows/layer_*.
template <class T>
class Layer {
public:
  virtual ~Layer() = default;

  /// Sets the initial weights; the order of draws from the stream is the order of construction.
  virtual void initialise_weights(RandomStream& stream) = 0;
  /// Data-dependent initialisation from x, before the first forward(). Most layers have none.
  virtual void initialise_from_data(const Tensor<T>& x) { (void)x; }

  /// x becomes z; adds log |det dz/dx| of each sample to log_det.
  virtual void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) = 0;
  /// z becomes x.
  virtual void inverse(Tensor<T>& z, const Condition<T>& condition) = 0;
  /// z becomes x and dz = dL/dz becomes dL/dx, where L holds log_det_weight * log_det of each sample besides. Adds to
  /// the gradients of the parameters and to condition.gradient.
  virtual void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) = 0;
  /// x becomes z and dx = dL/dx becomes dL/dz = (dx/dz)^T dx. No parameter gradients.
  virtual void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) = 0;
  /// Floating point operations of the convolutions of one forward pass, for one sample of h x w points.
  virtual double forward_flops(int h, int w) const { return 0.0 * h * w; }
};

/// What every layer needs while it is built: where its parameters go, and the scratch memory all layers share.
template <class T>
struct LayerContext {
  Parameters<T>* parameters = nullptr;  ///< outlives the layers
  std::shared_ptr<Workspace<T>> workspace;
};

/// A batch that shares the memory of `count` samples of another, from `first`.
template <class T>
Tensor<T> samples(const Tensor<T>& all, int first, int count) {
  Tensor<T> part;
  part.n = count, part.h = all.h, part.w = all.w, part.c = all.c;
  const std::size_t begin = first * all.sample_size();
  part.data = Kokkos::subview(all.data, std::make_pair(begin, begin + part.size()));
  return part;
}

}  // namespace bornflow
