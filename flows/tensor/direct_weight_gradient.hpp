#pragma once

#include "flows/tensor/convolution.hpp"
#include "flows/tensor/direct_kernels.hpp"

namespace bornflow::direct {

/// Vectors of the next panel when `left` remain: 4 = 2 + 2 rather than 3 + 1, whose single vector starves the units.
constexpr int vectors_of_panel(int left) { return left == 4 ? 2 : left < tile_vectors ? left : tile_vectors; }

/// Copy of x with a frame of zero pixels, one wide, and each pixel's channels padded with zeros to `channels`.
template <class T>
const T* pad_image(const Tensor<T>& x, int channels, Workspace<T>& workspace);

/// Adds the gradient of the weights to d_weight.
template <class T>
void direct_weight_gradient(const ConvolutionShape& shape, const Tensor<T>& x, const Tensor<T>& dy, T* d_weight,
                            Workspace<T>& workspace);

}  // namespace bornflow::direct
