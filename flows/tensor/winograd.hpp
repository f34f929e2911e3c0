#pragma once

#include "flows/tensor/convolution.hpp"
#include "flows/tensor/direct_kernels.hpp"

namespace bornflow::direct {

/// 3x3 convolutions by Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray, CVPR 2016): 16 products for a tile of
/// 2 x 2 results where the definition takes 36.
///
///   y = A^T [ (G w G^T) . (B^T x B) ] A,     dw = G^T [ sum over tiles of (B^T x B) . (A dy A^T) ] G
///
/// with x the 4 x 4 inputs of a tile and . the product of entries, summed over the input channels. The factors are 0, 1
/// and 1/2, so rounding stays that of the definition times a small number (2 to 3).

/// True where tiles and panels cover the image and the channels, with input channels as many as pay for the transforms.
template <class T>
bool winograd_covers(const ConvolutionShape& shape, int h, int w, int fewest_inputs) {
  constexpr int most_inputs = 128;
  return shape.k == 3 && shape.c_in >= fewest_inputs && shape.c_in <= most_inputs &&
         shape.c_out % (2 * Simd<T>::lanes) == 0 && h % 2 == 0 && w % 2 == 0 && (h / 2) * (w / 2) % tile_rows == 0;
}

/// Whether convolve_winograd() is faster than the windows, as measured.
template <class T>
bool winograd_pays(const ConvolutionShape& shape, int h, int w) {
  return winograd_covers<T>(shape, h, w, 6);
}

/// Whether winograd_weight_gradient() is faster than the definition, as measured.
template <class T>
bool winograd_gradient_pays(const ConvolutionShape& shape, int h, int w) {
  return winograd_covers<T>(shape, h, w, 16);
}

/// y = epilogue(x * weight).
template <class T>
void convolve_winograd(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                       Tensor<T>& y, Workspace<T>& workspace);

/// Adds the gradient of the weights.
template <class T>
void winograd_weight_gradient(const ConvolutionShape& shape, const Tensor<T>& x, const Tensor<T>& dy, T* d_weight,
                              Workspace<T>& workspace);

}  // namespace bornflow::direct
