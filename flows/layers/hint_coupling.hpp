#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flows/layers/affine_coupling.hpp"

namespace bornflow {

/// HINT: hierarchical invertible neural transport (Kruse et al. 2021), a recursive coupling.
///
/// A range of channels is split in halves (a, b): b is transformed by its own recursion and then by an affine coupling
/// driven by a as it came in; a is transformed by its recursion last. The recursion ends at 4 channels, where only the
/// coupling is left. So with more than 4 channels the Jacobian is dense block-triangular; with 4 or fewer this is one
/// plain coupling. Each call of the recursion has its own sub-network.
template <class T>
class HintCoupling final : public Layer<T> {
public:
  /// With condition_channels > 0 the condition is a further input of every sub-network.
  HintCoupling(const LayerContext<T>& context, const std::string& name, int channels, const CouplingOptions& options,
               int condition_channels = 0);

  void initialise_weights(RandomStream& stream) override;
  void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) override;
  void inverse(Tensor<T>& z, const Condition<T>& condition) override;
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) override;
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) override;
  double forward_flops(int h, int w) const override;

private:
  static constexpr int last_channels = 4;
  void add_recursion(const LayerContext<T>& context, const std::string& name, ChannelRange range,
                     const CouplingOptions& options, int condition_channels);

  std::vector<std::unique_ptr<AffineCoupling<T>>> couplings_;  // in the order of forward()
};

}  // namespace bornflow
