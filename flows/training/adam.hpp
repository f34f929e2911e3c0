#pragma once

#include <cstdint>

#include "flows/network/parameters.hpp"

namespace bornflow {

/// Adam (Kingma and Ba, ICLR 2015) with decoupled weight decay (Loshchilov and Hutter, ICLR 2019):
///
///   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,   w -= rate (m_hat / (sqrt(v_hat) + epsilon) + decay w)
///
/// with m_hat = m / (1 - b1^t) and v_hat = v / (1 - b2^t). Only arrays named "...weight..." after the last dot decay:
/// biases, ActNorm scales and Householder vectors do not; nor do weights that have not had a gradient yet, so that those
/// which an objective freezes (ConditionalFlow::backward) stay as they are.
class Adam {
public:
  struct Options {
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weight_decay = 0;
  };

  Adam(const Parameters<float>& parameters, const Options& options);

  /// One update of the parameters from `gradient_scale` times their gradients; the scale carries the clipping.
  void step(Parameters<float>& parameters, double learning_rate, double gradient_scale = 1.0);

  /// The state a checkpoint holds.
  DeviceArray<float> first_moment() const { return first_moment_; }
  DeviceArray<float> second_moment() const { return second_moment_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

private:
  Options options_;
  DeviceArray<float> first_moment_;
  DeviceArray<float> second_moment_;
  DeviceArray<float> decays_;  ///< 1 where weight decay acts, else 0
  std::int64_t steps_ = 0;
};

/// The factor that brings a gradient of this global norm down to `clip_norm`; 1 when it is smaller or clip_norm is 0.
inline double clip_scale(double gradient_norm, double clip_norm) {
  return clip_norm > 0 && gradient_norm > clip_norm ? clip_norm / gradient_norm : 1.0;
}

}  // namespace bornflow
