#include "bornflow/inference/diagnostics/posterior_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

void require_finite(float value, std::int64_t sample, std::size_t pixel) {
  if (!std::isfinite(value))
    throw NumericalError("posterior sample " + std::to_string(sample) + " is not finite at pixel " + std::to_string(pixel) +
                         ": the flow was evaluated far from where it was trained, or its training diverged");
}

std::vector<float> rounded(const std::vector<double>& values) { return {values.begin(), values.end()}; }

}  // namespace

RunningMoments::RunningMoments(std::size_t size) : mean_(size, 0.0), squares_(size, 0.0) {}

void RunningMoments::add(const float* sample) {
  ++count_;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    require_finite(sample[i], count_ - 1, i);
    const double before = sample[i] - mean_[i];
    mean_[i] += before / static_cast<double>(count_);
    squares_[i] += before * (sample[i] - mean_[i]);
  }
}

std::vector<float> RunningMoments::mean() const {
  BORNFLOW_REQUIRE(count_ > 0, "the mean of no samples");
  return rounded(mean_);
}

std::vector<float> RunningMoments::standard_deviation() const {
  BORNFLOW_REQUIRE(count_ > 0, "the standard deviation of no samples");
  std::vector<float> result(mean_.size(), 0.0f);
  if (count_ > 1)
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = static_cast<float>(std::sqrt(squares_[i] / static_cast<double>(count_ - 1)));
  return result;
}

double quantile(const std::vector<float>& sorted, double probability) {
  BORNFLOW_REQUIRE(!sorted.empty() && probability >= 0 && probability <= 1, "no such quantile");
  const double position = probability * static_cast<double>(sorted.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(position), sorted.size() - 1);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (double(sorted[above]) - sorted[below]);
}

void for_each_pixel_sorted(const float* samples, std::int64_t n_samples, std::size_t size,
                           const std::function<void(std::size_t, const std::vector<float>&)>& visit) {
  BORNFLOW_REQUIRE(n_samples > 0, "no posterior samples");
  constexpr std::size_t block = 64;  // pixels gathered together, so that each cache line of a sample is read once
  const auto n = static_cast<std::size_t>(n_samples);
  std::vector<std::vector<float>> columns(block, std::vector<float>(n));
  for (std::size_t first = 0; first < size; first += block) {
    const std::size_t width = std::min(block, size - first);
    for (std::size_t s = 0; s < n; ++s)
      for (std::size_t i = 0; i < width; ++i) {
        const float value = samples[s * size + first + i];
        require_finite(value, static_cast<std::int64_t>(s), first + i);
        columns[i][s] = value;
      }
    for (std::size_t i = 0; i < width; ++i) {
      std::sort(columns[i].begin(), columns[i].end());
      visit(first + i, columns[i]);
    }
  }
}

std::vector<std::vector<float>> quantiles(const float* samples, std::int64_t n_samples, std::size_t size,
                                          const std::vector<double>& probabilities) {
  std::vector<std::vector<float>> result(probabilities.size(), std::vector<float>(size));
  for_each_pixel_sorted(samples, n_samples, size, [&](std::size_t pixel, const std::vector<float>& sorted) {
    for (std::size_t k = 0; k < probabilities.size(); ++k)
      result[k][pixel] = static_cast<float>(quantile(sorted, probabilities[k]));
  });
  return result;
}

PosteriorStatistics posterior_statistics(const float* samples, std::int64_t n_samples, std::size_t size) {
  RunningMoments moments(size);
  for (std::int64_t s = 0; s < n_samples; ++s) moments.add(samples + static_cast<std::size_t>(s) * size);
  auto q = quantiles(samples, n_samples, size, {0.05, 0.25, 0.5, 0.75, 0.95});
  PosteriorStatistics result;
  result.n_samples = n_samples;
  result.mean = moments.mean();
  result.standard_deviation = moments.standard_deviation();
  result.quantile_05 = std::move(q[0]);
  result.quantile_25 = std::move(q[1]);
  result.median = std::move(q[2]);
  result.quantile_75 = std::move(q[3]);
  result.quantile_95 = std::move(q[4]);
  return result;
}

}  // namespace bornflow
