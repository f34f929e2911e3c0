#pragma once

#include <cstdint>

#include "flows/network/parameters.hpp"

namespace bornflow {

/// Exponential moving average of the weights (Polyak averaging): a = d a + (1 - d) w after each step, with
/// d = min(decay, (1 + t) / (10 + t)) so that the start does not linger.
class WeightAverage {
public:
  /// Starts at the present values. `decay` in [0, 1); 0 switches the average off.
  WeightAverage(const Parameters<float>& parameters, double decay);

  bool is_on() const { return decay_ > 0; }
  void update(const Parameters<float>& parameters);
  /// Exchanges the average and the parameters' values: the flow is evaluated with the average between two swaps.
  void swap(Parameters<float>& parameters);

  /// The state a checkpoint holds.
  DeviceArray<float> values() const { return values_; }
  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates) { updates_ = updates; }

private:
  double decay_;
  DeviceArray<float> values_;
  std::int64_t updates_ = 0;
};

}  // namespace bornflow
