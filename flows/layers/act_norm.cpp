#include "flows/layers/act_norm.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "flows/layers/channel_kernels.hpp"

namespace bornflow {

template <class T>
ActNorm<T>::ActNorm(const LayerContext<T>& context, const std::string& name, int channels)
    : context_(context), channels_(channels), log_scale_(context.parameters->add(name + ".log_scale", channels)),
      shift_(context.parameters->add(name + ".shift", channels)) {}

template <class T>
void ActNorm<T>::initialise_weights(RandomStream&) {
  context_.parameters->set(log_scale_, std::vector<double>(channels_, 0.0));
  context_.parameters->set(shift_, std::vector<double>(channels_, 0.0));
}

template <class T>
void ActNorm<T>::initialise_from_data(const Tensor<T>& x) {
  BORNFLOW_REQUIRE(x.c == channels_, "the tensor has the wrong number of channels");
  // A channel that never varies (a muted part of an image) keeps a finite scale.
  constexpr double smallest_deviation = 1e-3;
  const std::vector<double> sum = channel_sums(x);
  const double count = static_cast<double>(x.pixels());
  std::vector<double> mean(channels_), log_scale(channels_), shift(channels_);
  for (int c = 0; c < channels_; ++c) mean[c] = sum[c] / count;
  const std::vector<double> squares = channel_sums_of_squares(x, mean);
  for (int c = 0; c < channels_; ++c) {
    const double variance = squares[c] / std::max(1.0, count - 1);
    const double deviation = std::max(std::sqrt(variance), smallest_deviation);
    log_scale[c] = -std::log(deviation);
    shift[c] = -mean[c] / deviation;
  }
  context_.parameters->set(log_scale_, log_scale);
  context_.parameters->set(shift_, shift);
}

template <class T>
void ActNorm<T>::forward(Tensor<T>& x, const Condition<T>&, std::vector<double>& log_det) {
  const auto log_scale = context_.parameters->get(log_scale_), shift = context_.parameters->get(shift_);
  std::vector<double> scale(channels_);
  double sum = 0;
  for (int c = 0; c < channels_; ++c) scale[c] = std::exp(log_scale[c]), sum += log_scale[c];
  scale_and_shift_channels(x, scale, shift);
  for (double& value : log_det) value += sum * x.h * x.w;
}

template <class T>
void ActNorm<T>::inverse(Tensor<T>& z, const Condition<T>&) {
  const auto log_scale = context_.parameters->get(log_scale_), shift = context_.parameters->get(shift_);
  std::vector<double> scale(channels_), back(channels_);
  for (int c = 0; c < channels_; ++c) scale[c] = std::exp(-log_scale[c]), back[c] = -shift[c] * scale[c];
  scale_and_shift_channels(z, scale, back);
}

template <class T>
void ActNorm<T>::backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) {
  // dL/dshift = sum dz; dL/dlog_scale = sum dz (z - shift) + the log-determinant's part, for x exp(log_scale) = z -
  // shift.
  const auto log_scale = context_.parameters->get(log_scale_), shift = context_.parameters->get(shift_);
  const auto d_shift = channel_sums(dz), products = channel_dots(z, dz);
  std::vector<double> d_log_scale(channels_), scale(channels_);
  for (int c = 0; c < channels_; ++c) {
    d_log_scale[c] = products[c] - shift[c] * d_shift[c] + log_det_weight * static_cast<double>(z.pixels());
    scale[c] = std::exp(log_scale[c]);
  }
  context_.parameters->add_gradient(log_scale_, d_log_scale);
  context_.parameters->add_gradient(shift_, d_shift);
  inverse(z, condition);
  scale_and_shift_channels(dz, scale, std::vector<double>(channels_, 0.0));
}

template <class T>
void ActNorm<T>::inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) {
  std::vector<double> unused;
  forward(x, condition, unused);
  auto scale = context_.parameters->get(log_scale_);
  for (double& s : scale) s = std::exp(-s);
  scale_and_shift_channels(dx, scale, std::vector<double>(channels_, 0.0));
}

template class ActNorm<float>;
template class ActNorm<double>;

}  // namespace bornflow
