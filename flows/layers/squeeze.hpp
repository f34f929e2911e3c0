#pragma once

#include <string>

#include "flows/tensor/tensor.hpp"

namespace bornflow {

/// How each 2 x 2 block of pixels becomes one pixel with four times the channels. Both are orthogonal: log_det = 0, the
/// inverse is the transpose. New channels are ordered quadrant by quadrant: channel q c + j comes from channel j.
enum class Squeeze {
  haar,         ///< averages, column, row and diagonal differences, each halved (one level of the Haar wavelet)
  checkerboard  ///< the four pixels themselves
};

/// Throws UserError for a name that is neither "haar" nor "checkerboard".
Squeeze squeeze_from_name(const std::string& name);

/// (n, h, w, c) -> (n, h / 2, w / 2, 4 c); h and w are even.
template <class T>
Tensor<T> squeeze(const Tensor<T>& x, Squeeze kind);
/// The inverse, which is also the transpose.
template <class T>
Tensor<T> unsqueeze(const Tensor<T>& z, Squeeze kind);

}  // namespace bornflow
