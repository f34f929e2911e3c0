#include "solvers/survey/point_weights.hpp"

#include <cmath>

namespace bornflow {

namespace {

constexpr int half_width = 4;
constexpr double kaiser_b = 6.31;
constexpr double pi = 3.14159265358979323846;

double windowed_sinc(double distance) {
  const double ratio = distance / half_width;
  if (std::abs(ratio) >= 1.0) return 0.0;
  const double window = std::cyl_bessel_i(0.0, kaiser_b * std::sqrt(1.0 - ratio * ratio)) /
                        std::cyl_bessel_i(0.0, kaiser_b);
  return window * std::sin(pi * distance) / (pi * distance);
}

}  // namespace

AxisWeights sinc_weights(double position) {
  const double nearest = std::round(position);
  if (std::abs(position - nearest) < 1e-9) return {static_cast<int>(nearest), {1.0}};
  AxisWeights result;
  result.first = static_cast<int>(std::floor(position)) - half_width + 1;
  for (int i = 0; i < 2 * half_width; ++i) result.weights.push_back(windowed_sinc(result.first + i - position));
  return result;
}

}  // namespace bornflow
