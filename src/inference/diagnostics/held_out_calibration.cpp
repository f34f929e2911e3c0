#include "bornflow/inference/diagnostics/held_out_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"

namespace bornflow {

IntervalStretch::IntervalStretch(std::int64_t n_samples, double level) : n_samples_(n_samples), level_(level) {
  BORNFLOW_REQUIRE(level > 0 && level * static_cast<double>(n_samples + 1) <= static_cast<double>(n_samples - 1),
                   "too few samples for intervals of this level");
}

void IntervalStretch::add(const float* samples, const std::vector<float>& truth, const std::vector<std::uint8_t>& mask) {
  BORNFLOW_REQUIRE(truth.size() == mask.size(), "truth and mask differ in size");
  const auto positions = static_cast<double>(n_samples_ + 1);
  const double tail = 0.5 * (1 - level_) * positions;
  for_each_pixel_sorted(samples, n_samples_, truth.size(), [&](std::size_t pixel, const std::vector<float>& sorted) {
    if (!mask[pixel]) return;
    const double low = order_statistic(sorted, tail), high = order_statistic(sorted, positions - tail);
    const double distance = std::abs(truth[pixel] - 0.5 * (low + high)), half = 0.5 * (high - low);
    distances_.push_back(half > 0 ? static_cast<float>(distance / half) : std::numeric_limits<float>::infinity());
  });
}

double stretch_for(std::vector<float> distances, double level) {
  BORNFLOW_REQUIRE(!distances.empty() && level > 0 && level < 1, "a stretch needs truths and a level");
  const auto place = distances.begin() + static_cast<std::ptrdiff_t>(level * static_cast<double>(distances.size()));
  std::nth_element(distances.begin(), place, distances.end());
  return *place;
}

double log_amplitude(const float* image, const std::vector<std::uint8_t>& mask) {
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i]) sum += double(image[i]) * image[i], ++count;
  BORNFLOW_REQUIRE(count > 0, "the mask leaves nothing");
  return 0.5 * std::log(sum / static_cast<double>(count));
}

HeldOutAmplitude held_out_amplitude(double log_strength, const float* samples, std::int64_t n_samples,
                                    const std::vector<float>& truth, const std::vector<std::uint8_t>& mask) {
  BORNFLOW_REQUIRE(n_samples >= 2 && truth.size() == mask.size(), "amplitudes need two samples");
  const auto n = static_cast<double>(n_samples);
  std::vector<double> logs;
  double mean = 0, variance = 0;
  for (std::int64_t s = 0; s < n_samples; ++s) {
    logs.push_back(log_amplitude(samples + static_cast<std::size_t>(s) * truth.size(), mask));
    mean += logs.back() / n;
  }
  for (const double value : logs) variance += (value - mean) * (value - mean) / (n - 1);
  // The mean of n samples is uncertain itself, by variance / n.
  return {log_strength, log_amplitude(truth.data(), mask) - mean, variance * (1 + 1 / n)};
}

void remove_along(const std::vector<float>& direction, const std::vector<std::uint8_t>& mask, float* image) {
  double product = 0, squares = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i]) continue;
    product += double(direction[i]) * image[i];
    squares += double(direction[i]) * direction[i];
  }
  if (squares == 0) return;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i]) image[i] -= static_cast<float>(product / squares * direction[i]);
}

AmplitudeError fit_amplitude_error(const std::vector<HeldOutAmplitude>& images) {
  BORNFLOW_REQUIRE(images.size() >= 8, "the error of the amplitude needs eight held-out images");
  const auto n = static_cast<double>(images.size());
  double strength = 0, excess = 0, variance = 0;
  for (const HeldOutAmplitude& image : images) {
    strength += image.log_strength / n;
    excess += image.excess / n;
    variance += image.variance / n;
  }
  double strength_squares = 0, products = 0;
  for (const HeldOutAmplitude& image : images) {
    strength_squares += (image.log_strength - strength) * (image.log_strength - strength);
    products += (image.log_strength - strength) * (image.excess - excess);
  }
  AmplitudeError error;
  error.slope = strength_squares > 1e-6 * n ? products / strength_squares : 0.0;
  error.offset = excess - error.slope * strength;
  double squares = 0;
  for (const HeldOutAmplitude& image : images) {
    const double rest = image.excess - error.offset - error.slope * image.log_strength;
    squares += rest * rest;
  }
  error.unexplained_variance = squares / (n - 2) - variance;
  return error;
}

}  // namespace bornflow
