#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"

namespace bornflow {

/// m = 1/v^2 [s^2/km^2] of a velocity [m/s]; in double, because an inversion adds many small changes to it.
inline std::vector<double> squared_slowness(const std::vector<float>& velocity) {
  std::vector<double> m(velocity.size());
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = 1e6 / (double(velocity[i]) * velocity[i]);
  return m;
}

/// The velocity [m/s] of m, as the propagator takes it. NumericalError where m is not positive.
inline std::vector<float> velocity_of(const std::vector<double>& m) {
  std::vector<float> velocity(m.size());
  for (std::size_t i = 0; i < m.size(); ++i) {
    if (!(m[i] > 0) || !std::isfinite(m[i]))
      throw NumericalError("The model has a squared slowness that is not positive at point " + std::to_string(i) +
                           ". Narrow the velocity bounds, or look for NaN in the data.");
    velocity[i] = static_cast<float>(1e3 / std::sqrt(m[i]));
  }
  return velocity;
}

}  // namespace bornflow
