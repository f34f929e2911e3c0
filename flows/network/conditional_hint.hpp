#pragma once

#include <memory>
#include <vector>

#include "flows/layers/act_norm.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/layers/householder_mixing.hpp"
#include "flows/layers/squeeze.hpp"
#include "flows/network/conditional_flow.hpp"

namespace bornflow {

/// Conditional HINT (Kruse et al. 2021; Siahkoohi et al. 2023): two lanes of `depth` levels. At each level
///
///   y lane:  y' = mix(actnorm(y)),  y <- hint(y')
///   x lane:  x' = hint(mix(actnorm(x))),  x <- affine coupling of all channels of x' by N(y')
///
/// so that z_x given y is the posterior's latent. Both images are squeezed `scales` times first: with 2 there are 16
/// channels and the recursion of HINT is real. The training loss is that of both lanes; forward() and its log_det are
/// the x lane's: log p(x|y). z of a sample is the squeezed tensor, channels-last.
template <class T>
class ConditionalHint final : public ConditionalFlow<T> {
public:
  ConditionalHint(const FlowArchitecture& architecture, std::uint64_t seed);

  std::string description() const override;
  int latent_size() const override { return architecture_.nz * architecture_.nx; }
  double forward_flops() const override;
  void initialise(const Tensor<T>& x, const Tensor<T>& y) override;
  std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) override;
  std::vector<double> loss(const Tensor<T>& x, const Tensor<T>& y) override;
  Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) override;
  Tensor<T> inverse(const Tensor<T>& z, const Tensor<T>& y) override;
  Tensor<T> inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) override;

private:
  struct Level {
    ActNorm<T> x_norm, y_norm;
    HouseholderMixing<T> x_mixing, y_mixing;
    HintCoupling<T> x_hint, y_hint;
    AffineCoupling<T> y_to_x;
  };
  Tensor<T> squeezed(const Tensor<T>& image) const;
  Tensor<T> unsqueezed(const Tensor<T>& t) const;
  void require_shapes(const Tensor<T>& x, const Tensor<T>& y) const;
  /// Both lanes from images to latents; x and y are replaced.
  void forward_lanes(Tensor<T>& x, Tensor<T>& y, std::vector<double>& log_det_x, std::vector<double>& log_det_y);

  FlowArchitecture architecture_;
  Squeeze squeeze_;
  int h_, w_, x_channels_, y_channels_;
  std::shared_ptr<Workspace<T>> workspace_;
  std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace bornflow
