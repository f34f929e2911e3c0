#include "solvers/survey/low_pass.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

constexpr double pi = 3.14159265358979323846;

double standard_deviation(double corner) { return std::sqrt(std::log(2.0)) / (2.0 * pi * corner); }

/// Weights at 0, interval, 2 interval, ... with sum 1.
std::vector<double> impulse_response(double corner, double interval) {
  const double s = standard_deviation(corner), delay = low_pass_delay(corner);
  std::vector<double> weights;
  double sum = 0;
  for (double t = 0; t <= 2 * delay; t = interval * static_cast<double>(weights.size())) {
    weights.push_back(std::exp(-0.5 * (t - delay) * (t - delay) / (s * s)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

double low_pass_delay(double corner) { return 4.0 * standard_deviation(corner); }

template <class T>
void low_pass(double corner, double interval, std::size_t count, std::size_t n_samples, T* traces) {
  BORNFLOW_REQUIRE(corner > 0 && interval > 0, "a low-pass needs a corner and a sampling interval");
  const std::vector<double> weights = impulse_response(corner, interval);
  std::vector<T> input(n_samples);
  for (std::size_t trace = 0; trace < count; ++trace) {
    T* const values = traces + trace * n_samples;
    input.assign(values, values + n_samples);
    for (std::size_t i = 0; i < n_samples; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < weights.size() && k <= i; ++k) sum += weights[k] * static_cast<double>(input[i - k]);
      values[i] = static_cast<T>(sum);
    }
  }
}

template void low_pass(double, double, std::size_t, std::size_t, float*);
template void low_pass(double, double, std::size_t, std::size_t, double*);

}  // namespace bornflow
