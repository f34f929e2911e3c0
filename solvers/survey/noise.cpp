#include "solvers/survey/noise.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/random.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

// What white noise is convolved with.
std::vector<double> filter_of(const NoiseModel& noise) {
  std::vector<double> filter = {1.0};
  if (noise.band == "ricker") {
    // Two periods hold the whole wavelet; its peak is at one.
    filter = ricker_wavelet(noise.peak_frequency, noise.sample_interval,
                            static_cast<int>(std::ceil(2.0 / (noise.peak_frequency * noise.sample_interval))) + 1);
  }
  return filter;
}

double energy_of(const std::vector<double>& filter) {
  double energy = 0;
  for (const double value : filter) energy += value * value;
  return energy;
}

}  // namespace

double NoiseModel::white_equivalent() const {
  const std::vector<double> filter = filter_of(*this);
  const double energy = energy_of(filter);
  double squares = 0;
  for (std::size_t lag = 0; lag < filter.size(); ++lag) {
    double correlation = 0;
    for (std::size_t i = lag; i < filter.size(); ++i) correlation += filter[i] * filter[i - lag];
    squares += (lag == 0 ? 1 : 2) * std::pow(correlation / energy, 2);
  }
  return sigma * std::sqrt(squares);
}

std::vector<float> NoiseModel::draw(std::uint64_t seed, std::int64_t sample, int shot, int n_receivers,
                                    int n_samples) const {
  std::vector<float> noise(static_cast<std::size_t>(n_receivers) * n_samples, 0.0f);
  if (sigma == 0) return noise;
  RandomStream stream(seed, Purpose::data_noise, static_cast<std::uint64_t>(sample), static_cast<std::uint32_t>(shot));

  const std::vector<double> filter = filter_of(*this);
  const double scale = sigma / std::sqrt(energy_of(filter));

  const int length = static_cast<int>(filter.size());
  std::vector<double> white(static_cast<std::size_t>(n_samples + length - 1));
  for (int receiver = 0; receiver < n_receivers; ++receiver) {
    for (double& value : white) value = stream.normal();
    float* trace = noise.data() + static_cast<std::size_t>(receiver) * n_samples;
    for (int i = 0; i < n_samples; ++i) {
      double sum = 0;
      for (int k = 0; k < length; ++k) sum += filter[static_cast<std::size_t>(k)] * white[static_cast<std::size_t>(i + k)];
      trace[i] = static_cast<float>(scale * sum);
    }
  }
  return noise;
}

double absolute_quantile(std::vector<float> values, double q) {
  if (values.empty()) return 0;
  for (float& value : values) value = std::abs(value);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

}  // namespace bornflow
