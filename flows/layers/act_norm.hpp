#pragma once

#include <string>

#include "flows/layers/layer.hpp"

namespace bornflow {

/// Activation normalisation (Kingma & Dhariwal 2018): z = exp(log_scale_c) x + shift_c for each channel c.
///
/// log_det = h w sum_c log_scale_c, the same for each sample. initialise_from_data() makes z of that batch have mean 0
/// and variance 1. The scale is stored as a logarithm so that no update can make it zero or change its sign.
template <class T>
class ActNorm final : public Layer<T> {
public:
  ActNorm(const LayerContext<T>& context, const std::string& name, int channels);

  void initialise_weights(RandomStream& stream) override;
  void initialise_from_data(const Tensor<T>& x) override;
  void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) override;
  void inverse(Tensor<T>& z, const Condition<T>& condition) override;
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) override;
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) override;

private:

  LayerContext<T> context_;
  int channels_;
  ParameterSlice log_scale_, shift_;
};

}  // namespace bornflow
