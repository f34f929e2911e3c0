#include "bornflow/inference/diagnostics/interval_calibration.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

void IntervalCalibration::add(const double* truth, const Batch& samples) {
  BORNFLOW_REQUIRE(samples.size == static_cast<int>(positions_.size()) && samples.count > 0, "samples of another size");
  for (int c = 0; c < samples.size; ++c) {
    int below = 0;
    for (int i = 0; i < samples.count; ++i) below += samples.row(i)[c] < truth[c] ? 1 : 0;
    positions_[c].push_back((below + 0.5) / (samples.count + 1));
  }
}

std::vector<double> IntervalCalibration::levels() {
  std::vector<double> levels(100);
  for (int k = 1; k <= 100; ++k) levels[k - 1] = k / 101.0;
  return levels;
}

std::vector<double> IntervalCalibration::fractions(int c) const {
  BORNFLOW_REQUIRE(count() > 0, "nothing was added");
  std::vector<double> fractions;
  for (const double level : levels()) {
    int inside = 0;
    for (const double position : positions_[c]) inside += std::abs(2 * position - 1) < level ? 1 : 0;
    fractions.push_back(static_cast<double>(inside) / count());
  }
  return fractions;
}

double IntervalCalibration::error(int c) const {
  const std::vector<double> nominal = levels(), measured = fractions(c);
  std::vector<double> errors;
  for (std::size_t k = 0; k < nominal.size(); ++k) errors.push_back(std::abs(measured[k] - nominal[k]));
  std::sort(errors.begin(), errors.end());
  return 0.5 * (errors[49] + errors[50]);
}

}  // namespace bornflow
