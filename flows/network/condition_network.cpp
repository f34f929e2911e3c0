#include "flows/network/condition_network.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "flows/layers/channel_kernels.hpp"

namespace bornflow {

template <class T>
ConditionNetwork<T>::ConditionNetwork(const LayerContext<T>& context, const std::string& name, int condition_channels,
                                      int scales, int features, Squeeze squeeze)
    : context_(context), features_(features), squeeze_(squeeze), inner_({features, features, 3}, context.workspace),
      up_({features, 4 * features, 3}, context.workspace) {
  BORNFLOW_REQUIRE(condition_channels > 0 && scales > 0 && features > 0,
                   "a condition network needs channels and scales");
  auto& p = *context.parameters;
  for (int s = 0; s < scales; ++s) {
    const std::string at = name + ".scale" + std::to_string(s + 1);
    const ConvolutionShape entry{4 * (s == 0 ? condition_channels : features), features, 3};
    Scale scale{{entry, context.workspace}, {}, {}, {}, {}, {}, {}};
    scale.entry_weight = p.add(at + ".entry.weight", entry.weight_size());
    scale.entry_bias = p.add(at + ".entry.bias", features);
    scale.encoder = add_residual(at + ".encoder");
    scale.decoder = add_residual(at + ".decoder");
    if (s + 1 < scales) {
      scale.up_weight = p.add(at + ".up.weight", up_.shape().weight_size());
      scale.up_bias = p.add(at + ".up.bias", 4 * features);
    }
    scales_.push_back(std::move(scale));
  }
}

template <class T>
typename ConditionNetwork<T>::Residual ConditionNetwork<T>::add_residual(const std::string& name) {
  auto& p = *context_.parameters;
  const std::size_t size = inner_.shape().weight_size();
  Residual residual;
  residual.w1 = p.add(name + ".conv1.weight", size);
  residual.b1 = p.add(name + ".conv1.bias", features_);
  residual.w2 = p.add(name + ".conv2.weight", size);
  residual.b2 = p.add(name + ".conv2.bias", features_);
  return residual;
}

template <class T>
void ConditionNetwork<T>::initialise_convolution(const ParameterSlice& weight, const ParameterSlice& bias, int c_in,
                                                 double gain, RandomStream& stream) {
  const double deviation = gain / std::sqrt(9.0 * c_in);
  std::vector<double> values(weight.size);
  for (double& v : values) v = deviation * stream.normal();
  context_.parameters->set(weight, values);
  context_.parameters->set(bias, std::vector<double>(bias.size, 0.0));
}

template <class T>
void ConditionNetwork<T>::initialise_weights(RandomStream& stream) {
  const double relu = std::sqrt(2.0), linear = 1.0, small = 0.1;  // gains: He et al. 2015
  for (const Scale& scale : scales_) {
    initialise_convolution(scale.entry_weight, scale.entry_bias, scale.entry.shape().c_in, relu, stream);
    for (const Residual* residual : {&scale.encoder, &scale.decoder}) {
      initialise_convolution(residual->w1, residual->b1, features_, relu, stream);
      initialise_convolution(residual->w2, residual->b2, features_, small * linear, stream);
    }
    if (scale.up_weight.size) initialise_convolution(scale.up_weight, scale.up_bias, features_, linear, stream);
  }
}

template <class T>
Tensor<T> ConditionNetwork<T>::residual_forward(const Residual& residual, const Tensor<T>& x, Tensor<T>& hidden) const {
  const auto& p = *context_.parameters;
  hidden = Tensor<T>(x.n, x.h, x.w, features_, "bornflow::ConditionNetwork::hidden");
  inner_.forward(x, p.value(residual.w1), {p.value(residual.b1), nullptr, false, true, nullptr}, hidden);
  Tensor<T> result(x.n, x.h, x.w, features_, "bornflow::ConditionNetwork::result");
  inner_.forward(hidden, p.value(residual.w2), {p.value(residual.b2), x.data.data(), false, false, nullptr}, result);
  return result;
}

template <class T>
Tensor<T> ConditionNetwork<T>::residual_backward(const Residual& residual, const Tensor<T>& x, const Tensor<T>& hidden,
                                                 const Tensor<T>& d_result, const T* mask) const {
  const auto& p = *context_.parameters;
  inner_.backward_weights(hidden, d_result, p.gradient(residual.w2), p.gradient(residual.b2));
  Tensor<T> d_hidden(x.n, x.h, x.w, features_, "bornflow::ConditionNetwork::d_hidden");
  inner_.backward_data(d_result, p.value(residual.w2), {nullptr, nullptr, false, false, hidden.data.data()}, d_hidden);
  inner_.backward_weights(x, d_hidden, p.gradient(residual.w1), p.gradient(residual.b1));
  Tensor<T> dx(x.n, x.h, x.w, features_, "bornflow::ConditionNetwork::dx");
  inner_.backward_data(d_hidden, p.value(residual.w1), {nullptr, d_result.data.data(), false, false, mask}, dx);
  return dx;
}

template <class T>
typename ConditionNetwork<T>::Activations ConditionNetwork<T>::forward(const Tensor<T>& y) const {
  const auto& p = *context_.parameters;
  Activations all(scales_.size());
  Tensor<T> from = y;
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    const Scale& scale = scales_[s];
    auto& a = all[s];
    a.input = squeeze(from, squeeze_);
    a.entry = Tensor<T>(a.input.n, a.input.h, a.input.w, features_, "bornflow::ConditionNetwork::entry");
    const Epilogue<T> relu{p.value(scale.entry_bias), nullptr, false, true, nullptr};
    scale.entry.forward(a.input, p.value(scale.entry_weight), relu, a.entry);
    from = a.encoded = residual_forward(scale.encoder, a.entry, a.encoder_hidden);
  }
  for (std::size_t s = scales_.size(); s-- > 0;) {
    const Scale& scale = scales_[s];
    auto& a = all[s];
    a.merged = a.encoded;
    if (s + 1 < scales_.size()) {
      const Tensor<T>& coarse = all[s + 1].features;
      Tensor<T> raised(coarse.n, coarse.h, coarse.w, 4 * features_, "bornflow::ConditionNetwork::raised");
      const Epilogue<T> bias{p.value(scale.up_bias), nullptr, false, false, nullptr};
      up_.forward(coarse, p.value(scale.up_weight), bias, raised);
      a.merged = unsqueeze(raised, squeeze_);
      add_channels(a.encoded, 0, a.merged);
    }
    a.features = residual_forward(scale.decoder, a.merged, a.decoder_hidden);
  }
  return all;
}

template <class T>
void ConditionNetwork<T>::backward(const Activations& activations, std::vector<Tensor<T>> d_features,
                                   Tensor<T>* dy) const {
  BORNFLOW_REQUIRE(activations.size() == scales_.size() && d_features.size() == scales_.size(),
                   "a gradient for the features of each scale");
  const auto& p = *context_.parameters;
  std::vector<Tensor<T>> d_encoded(scales_.size());
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    const Scale& scale = scales_[s];
    const auto& a = activations[s];
    // encoded enters merged unchanged, so both have this gradient; the way down adds its own part below.
    d_encoded[s] = residual_backward(scale.decoder, a.merged, a.decoder_hidden, d_features[s], nullptr);
    if (s + 1 == scales_.size()) break;
    const Tensor<T> d_raised = squeeze(d_encoded[s], squeeze_);
    const Tensor<T>& coarse = activations[s + 1].features;
    up_.backward_weights(coarse, d_raised, p.gradient(scale.up_weight), p.gradient(scale.up_bias));
    Tensor<T> d_coarse(coarse.n, coarse.h, coarse.w, features_, "bornflow::ConditionNetwork::d_coarse");
    const Epilogue<T> add{nullptr, d_features[s + 1].data.data(), false, false, nullptr};
    up_.backward_data(d_raised, p.value(scale.up_weight), add, d_coarse);
    d_features[s + 1] = d_coarse;
  }
  for (std::size_t s = scales_.size(); s-- > 0;) {
    const Scale& scale = scales_[s];
    const auto& a = activations[s];
    const Tensor<T> d_entry =
        residual_backward(scale.encoder, a.entry, a.encoder_hidden, d_encoded[s], a.entry.data.data());
    scale.entry.backward_weights(a.input, d_entry, p.gradient(scale.entry_weight), p.gradient(scale.entry_bias));
    if (s == 0 && !dy) break;
    Tensor<T> d_input(a.input.n, a.input.h, a.input.w, a.input.c, "bornflow::ConditionNetwork::d_input");
    scale.entry.backward_data(d_entry, p.value(scale.entry_weight), {}, d_input);
    if (s > 0)
      add_channels(unsqueeze(d_input, squeeze_), 0, d_encoded[s - 1]);
    else
      *dy = unsqueeze(d_input, squeeze_);
  }
}

template <class T>
double ConditionNetwork<T>::forward_flops(int h, int w) const {
  double flops = 0, pixels = static_cast<double>(h) * w;
  for (const Scale& scale : scales_) {
    pixels /= 4;
    flops += scale.entry.shape().flops(pixels) + 4 * inner_.shape().flops(pixels);
    if (scale.up_weight.size) flops += up_.shape().flops(pixels / 4);
  }
  return flops;
}

template class ConditionNetwork<float>;
template class ConditionNetwork<double>;

}  // namespace bornflow
