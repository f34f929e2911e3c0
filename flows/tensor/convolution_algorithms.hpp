#pragma once

#include <memory>

#include "flows/tensor/convolution.hpp"

/// The implementations behind Convolution; only flows/tensor includes this.
namespace bornflow {

template <class T>
std::shared_ptr<ConvolutionAlgorithm<T>> make_direct_convolution(ConvolutionShape, std::shared_ptr<Workspace<T>>);
template <class T>
std::shared_ptr<ConvolutionAlgorithm<T>> make_blas_convolution(ConvolutionShape, std::shared_ptr<Workspace<T>>);
#ifdef BORNFLOW_HAVE_ONEDNN
std::shared_ptr<ConvolutionAlgorithm<float>> make_onednn_convolution(ConvolutionShape);
#endif

/// The epilogue as a pass of its own, for libraries that cannot fuse it.
template <class T>
void apply_epilogue(const Epilogue<T>& epilogue, Tensor<T>& y);

/// Weights of the transposed convolution: (k - 1 - row, k - 1 - column, c_out, c_in).
template <class T>
void flip_and_transpose_weights(const ConvolutionShape& shape, const T* weight, T* flipped);

}  // namespace bornflow
