#pragma once

#include <string>

#include "flows/layers/layer.hpp"
#include "flows/layers/residual_block.hpp"

namespace bornflow {

/// A range of channels.
struct ChannelRange {
  int first = 0, count = 0;
};

struct CouplingOptions {
  int hidden = 32;
  int middle_kernel = 1;    ///< of the sub-network
  double clamp = 2.0;       ///< bound on |log scale|
  bool final_relu = false;
  int outer_kernel = 3;     ///< of the sub-network; 1 for vectors
};

/// Affine coupling (Dinh et al. 2017) of one range of channels by another and by the condition:
///
///   (a, t) = N(x_passive, condition),  log s = 2/pi clamp atan(a / clamp),  z_active = s x_active + t
///
/// log_det = sum log s. With an empty passive range the condition alone drives it; a condition shared by the batch is
/// then evaluated once. Channels in neither range are left alone. Works through the batch in groups of samples whose
/// activations fit into the cache; the backward pass evaluates N once, for both the inverse and the gradients, or not
/// at all where the forward pass before it could keep N's activations.
template <class T>
class AffineCoupling final : public Layer<T> {
public:
  AffineCoupling(const LayerContext<T>& context, const std::string& name, ChannelRange passive, ChannelRange active,
                 int condition_channels, const CouplingOptions& options);

  void initialise_weights(RandomStream& stream) override { network_.initialise_weights(stream); }
  void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) override;
  void inverse(Tensor<T>& z, const Condition<T>& condition) override;
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) override;
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) override;
  double forward_flops(int h, int w) const override { return network_.forward_flops(h, w); }

private:
  enum class Activations { recompute, keep, reuse };
  template <class Work>
  void for_each_group(const Tensor<T>& x, const Tensor<T>& condition, Activations activations, const Work& work);
  Tensor<T> evaluate(const Tensor<T>& passive, const Tensor<T>& condition, Activations activations, int first_sample);
  Tensor<T> passive_part(const Tensor<T>& group) const;

  LayerContext<T> context_;
  ChannelRange passive_, active_;
  double clamp_;
  ResidualBlock<T> network_;
};

}  // namespace bornflow
