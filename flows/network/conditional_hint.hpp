#pragma once

#include <memory>
#include <vector>

#include "flows/layers/act_norm.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/layers/householder_mixing.hpp"
#include "flows/layers/squeeze.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/network/vector_flow.hpp"

namespace bornflow {

/// Conditional HINT (Kruse et al. 2021; Siahkoohi et al. 2023): two lanes of `depth` levels. At each level
///
///   y lane:  y' = mix(actnorm(y)),  y <- hint(y')
///   x lane:  x' = hint(mix(actnorm(x))),  x <- affine coupling of all channels of x' by N(y')
///
/// so that z_x given y is the posterior's latent. Both images are squeezed `scales` times first: with 2 there are 16
/// channels and the recursion of HINT is real. Vectors are images of one point, not squeezed, with dense sub-networks.
/// The training loss is that of both lanes; forward() and its log_det are the x lane's: log p(x|y). z of a sample is the
/// squeezed tensor, channels-last.
template <class T>
class ConditionalHint final : public ConditionalFlow<T> {
public:
  ConditionalHint(const FlowArchitecture& architecture, std::uint64_t seed);
  ConditionalHint(const VectorFlowArchitecture& architecture, std::uint64_t seed);

  std::string description() const override;
  int latent_size() const override { return h_ * w_ * x_channels_; }
  double forward_flops() const override;
  void initialise(const Tensor<T>& x, const Tensor<T>& y) override;
  std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) override;
  std::vector<double> loss(const Tensor<T>& x, const Tensor<T>& y) override;
  Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) override;
  Tensor<T> inverse(const Tensor<T>& z, const Tensor<T>& y) override;
  Tensor<T> inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) override;
  Tensor<T> backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz, double log_det_weight) override;

private:
  struct Level {
    ActNorm<T> x_norm, y_norm;
    HouseholderMixing<T> x_mixing, y_mixing;
    HintCoupling<T> x_hint, y_hint;
    AffineCoupling<T> y_to_x;
  };
  void build(int depth, const CouplingOptions& options, std::uint64_t seed);
  /// The y lane's states that each level shows to the x lane.
  std::vector<Tensor<T>> shown_states(const Tensor<T>& y_image);
  Tensor<T> squeezed(const Tensor<T>& image) const;
  Tensor<T> unsqueezed(const Tensor<T>& t) const;
  void require_shapes(const Tensor<T>& x, const Tensor<T>& y) const;
  /// Both lanes from images to latents; x and y are replaced.
  void forward_lanes(Tensor<T>& x, Tensor<T>& y, std::vector<double>& log_det_x, std::vector<double>& log_det_y);

  Squeeze squeeze_;
  int squeezes_;
  int h_, w_, x_channels_, y_channels_;  // after the squeezes
  int hidden_ = 0;
  std::string kind_;                     // the first words of the description
  std::shared_ptr<Workspace<T>> workspace_;
  std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace bornflow
