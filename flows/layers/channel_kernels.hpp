#pragma once

#include <vector>

#include "flows/tensor/tensor.hpp"

/// Kernels over the channels of a tensor: per-channel scaling and sums, and moving a range of channels.
namespace bornflow {

/// t = scale_c t + shift_c.
template <class T>
void scale_and_shift_channels(Tensor<T>& t, const std::vector<double>& scale, const std::vector<double>& shift);

/// Sum over pixels and samples for each channel, in double, in a fixed order.
template <class T>
std::vector<double> channel_sums(const Tensor<T>& t);
/// Sum of (t - centre_c)^2.
template <class T>
std::vector<double> channel_sums_of_squares(const Tensor<T>& t, const std::vector<double>& centre);
/// Sum of a * b.
template <class T>
std::vector<double> channel_dots(const Tensor<T>& a, const Tensor<T>& b);

/// part = channels [first, first + part.c) of whole.
template <class T>
void copy_channels(const Tensor<T>& whole, int first, const Tensor<T>& part);
/// channels [first, first + part.c) of whole = part.
template <class T>
void set_channels(const Tensor<T>& part, int first, const Tensor<T>& whole);
/// channels [first, first + part.c) of whole += part.
template <class T>
void add_channels(const Tensor<T>& part, int first, const Tensor<T>& whole);

/// Half the sum of squares of each sample, in double.
template <class T>
std::vector<double> half_squares(const Tensor<T>& t);

}  // namespace bornflow
