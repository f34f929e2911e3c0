#pragma once

#include <string>
#include <vector>

#include "flows/layers/affine_coupling.hpp"

namespace bornflow {

/// The block of invertible neural networks (Ardizzone et al. 2019, equation 4): both halves (u1, u2) of the channels are
/// transformed, each by the other, so that one block leaves nothing as it was:
///
///   v1 = u1 exp(s2(u2)) + t2(u2),   v2 = u2 exp(s1(v1)) + t1(v1)
///
/// with s bounded as in AffineCoupling. The first half has floor(channels / 2) of them. With condition_channels > 0 the
/// condition is a further input of both sub-networks.
template <class T>
class DoubleCoupling final : public Layer<T> {
public:
  DoubleCoupling(const LayerContext<T>& context, const std::string& name, int channels, const CouplingOptions& options,
                 int condition_channels = 0);

  void initialise_weights(RandomStream& stream) override;
  void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) override;
  void inverse(Tensor<T>& z, const Condition<T>& condition) override;
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) override;
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) override;
  double forward_flops(int h, int w) const override { return first_.forward_flops(h, w) + second_.forward_flops(h, w); }

private:
  AffineCoupling<T> first_, second_;
};

}  // namespace bornflow
