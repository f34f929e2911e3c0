#pragma once

#include "flows/tensor/convolution.hpp"
#include "flows/tensor/direct_kernels.hpp"

namespace bornflow::direct {

/// True where the output channels would leave half of a vector empty or more.
template <class T>
constexpr bool has_few_outputs(const ConvolutionShape& shape) {
  return shape.k == 3 && shape.c_out <= Simd<T>::lanes / 2;
}

/// y = epilogue(x * weight) for few output channels: taps of the kernel fill the vector, and are added afterwards, each
/// shifted by its place. Either all nine fill it, or the three of a row while the rows are summed in registers: what
/// leaves fewer lanes empty; the latter at a tie, as it writes and reads a third.
template <class T>
void convolve_few_outputs(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                          Tensor<T>& y, Workspace<T>& workspace);

}  // namespace bornflow::direct
