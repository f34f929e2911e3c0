#include "solvers/survey/noise.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/random.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

std::vector<float> NoiseModel::draw(std::uint64_t seed, std::int64_t sample, int shot, int n_receivers,
                                    int n_samples) const {
  std::vector<float> noise(static_cast<std::size_t>(n_receivers) * n_samples, 0.0f);
  if (sigma == 0) return noise;
  RandomStream stream(seed, Purpose::data_noise, static_cast<std::uint64_t>(sample), static_cast<std::uint32_t>(shot));

  std::vector<double> filter = {1.0};
  if (band == "ricker") {
    // Two periods hold the whole wavelet; its peak is at one.
    filter = ricker_wavelet(peak_frequency, sample_interval,
                            static_cast<int>(std::ceil(2.0 / (peak_frequency * sample_interval))) + 1);
  }
  double energy = 0;
  for (const double value : filter) energy += value * value;
  const double scale = sigma / std::sqrt(energy);

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
