#pragma once

#include <memory>
#include <vector>

#include "flows/layers/layer.hpp"
#include "flows/layers/squeeze.hpp"
#include "flows/network/condition_network.hpp"
#include "flows/network/conditional_flow.hpp"

namespace bornflow {

/// Conditional GLOW (Kingma & Dhariwal 2018; Ardizzone et al. 2019): at each of `scales` scales, x and y are squeezed,
/// `depth` steps of ActNorm, channel mixing and conditional coupling follow, and half of the channels become latent.
///
/// The condition is the pyramid of squeezed y: every coupling of a scale sees all of it. With condition_features > 0,
/// the features of a ConditionNetwork for that scale, trained jointly, follow as further channels; the last
/// condition_scalars channels of y are for that network alone and not in the pyramid. z of a sample is, in
/// this order: the second half of the channels of scale 1, of scale 2, ..., and all channels of the last scale, each
/// channels-last.
template <class T>
class ConditionalGlow final : public ConditionalFlow<T> {
public:
  ConditionalGlow(const FlowArchitecture& architecture, std::uint64_t seed);

  std::string description() const override;
  int latent_size() const override { return architecture_.nz * architecture_.nx; }
  double forward_flops() const override;
  void initialise(const Tensor<T>& x, const Tensor<T>& y) override;
  std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) override;
  void keep_activations(std::size_t bytes) override { workspace_->kept().set_capacity(bytes / sizeof(T)); }
  std::vector<double> loss(const Tensor<T>& x, const Tensor<T>& y) override;
  Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) override;
  Tensor<T> inverse(const Tensor<T>& z, const Tensor<T>& y) override;
  Tensor<T> inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) override;
  Tensor<T> backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz, double log_det_weight) override;

private:
  struct Scale {
    int h, w, channels;  // of x after the squeeze
    bool splits;         // half of the channels leave after this scale
    std::vector<std::unique_ptr<Layer<T>>> layers;
  };
  /// What the couplings of each scale see of y. The condition network's activations are kept where they are wanted.
  std::vector<Condition<T>> conditions(const Tensor<T>& y,
                                       typename ConditionNetwork<T>::Activations* activations = nullptr) const;
  Tensor<T> forward_with(const std::vector<Condition<T>>& conditions, const Tensor<T>& x,
                         std::vector<double>& log_det) const;
  /// Carries tensors that change shape together (x, or x and its gradient) from x to z; step(layer, tensors, scale) is
  /// applied to each layer. The arguments are not changed.
  template <class Step>
  std::vector<Tensor<T>> walk_down(std::vector<Tensor<T>> tensors, const Step& step) const;
  /// The same from z to x, layers in reverse.
  template <class Step>
  std::vector<Tensor<T>> walk_up(const std::vector<Tensor<T>>& latents, const Step& step) const;
  int pyramid_channels() const { return architecture_.condition_channels - architecture_.condition_scalars; }
  void require_shapes(const Tensor<T>& x, const Tensor<T>& y) const;

  FlowArchitecture architecture_;
  Squeeze squeeze_;
  std::shared_ptr<Workspace<T>> workspace_;
  std::vector<Scale> scales_;
  std::unique_ptr<ConditionNetwork<T>> condition_network_;  // null without condition features
};

}  // namespace bornflow
