#pragma once

#include <cmath>
#include <cstdint>

namespace bornflow {

enum class LearningRateSchedule { constant, cosine };

/// The step size of Adam at each step. It is applied after Adam's division by the gradient's scale: a schedule that
/// scales the gradient before Adam does nothing, because Adam is invariant to it.
struct LearningRate {
  double peak = 1e-3;
  LearningRateSchedule schedule = LearningRateSchedule::constant;
  std::int64_t warmup_steps = 0;  ///< linear from peak / warmup_steps to peak
  std::int64_t total_steps = 1;   ///< cosine: reaches zero after this many steps

  /// `step` counts from 0.
  double at(std::int64_t step) const {
    constexpr double pi = 3.14159265358979323846;
    if (step < warmup_steps) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
    if (schedule == LearningRateSchedule::constant || total_steps <= warmup_steps) return peak;
    const double progress = static_cast<double>(step - warmup_steps) / static_cast<double>(total_steps - warmup_steps);
    return progress >= 1 ? 0.0 : peak * 0.5 * (1 + std::cos(pi * progress));
  }
};

}  // namespace bornflow
