#include "bornflow/inference/diagnostics/posterior_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"

namespace bornflow {

namespace {

struct Bin {
  std::int64_t count = 0;
  double variance = 0, squared_error = 0;  // sums
  void add(double deviation, double error) {
    ++count;
    variance += deviation * deviation;
    squared_error += error * error;
  }
};

std::vector<Bin> bins_of_equal_count(const PixelErrors& pixels, int n_bins) {
  const std::size_t n = pixels.error.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pixels.predicted_std[a] < pixels.predicted_std[b]; });
  std::vector<Bin> bins(n_bins);
  for (std::size_t i = 0; i < n; ++i)
    bins[i * static_cast<std::size_t>(n_bins) / n].add(pixels.predicted_std[order[i]], pixels.error[order[i]]);
  return bins;
}

std::vector<Bin> bins_of_equal_width(const PixelErrors& pixels, int n_bins) {
  const auto [low, high] = std::minmax_element(pixels.predicted_std.begin(), pixels.predicted_std.end());
  const double width = (double(*high) - *low) / n_bins;
  std::vector<Bin> bins(n_bins);
  for (std::size_t i = 0; i < pixels.error.size(); ++i) {
    const double position = width > 0 ? (double(pixels.predicted_std[i]) - *low) / width : 0.0;
    bins[std::min(static_cast<int>(position), n_bins - 1)].add(pixels.predicted_std[i], pixels.error[i]);
  }
  return bins;
}

}  // namespace

double order_statistic(const std::vector<float>& sorted, double position) {
  const auto n = static_cast<double>(sorted.size());
  const double zero_based = std::clamp(position, 1.0, n) - 1;
  const auto below = static_cast<std::size_t>(zero_based);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (zero_based - static_cast<double>(below)) * (double(sorted[above]) - sorted[below]);
}

std::vector<std::uint8_t> below_water(int nz, int nx, int water_rows) {
  BORNFLOW_REQUIRE(water_rows >= 0 && water_rows <= nz && nx > 0, "the water rows do not fit the image");
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(nz) * nx, 1);
  std::fill_n(mask.begin(), static_cast<std::size_t>(water_rows) * nx, std::uint8_t{0});
  return mask;
}

CoverageCounter::CoverageCounter(std::int64_t n_samples, const std::vector<double>& levels) : n_samples_(n_samples) {
  // The tolerance keeps a level that n reaches exactly (0.9 with 19 draws) from being lost to rounding.
  for (double level : levels)
    if (level * static_cast<double>(n_samples + 1) <= static_cast<double>(n_samples - 1) + 1e-9) nominal_.push_back(level);
  if (nominal_.empty())
    throw UserError("coverage: " + std::to_string(n_samples) +
                    " posterior samples reach none of the credible levels; take at least 39 for 95 %");
  inside_.assign(nominal_.size(), 0);
}

void CoverageCounter::add(const float* samples, const std::vector<float>& truth, const std::vector<std::uint8_t>& mask) {
  BORNFLOW_REQUIRE(truth.size() == mask.size(), "truth and mask differ in size");
  const auto positions = static_cast<double>(n_samples_ + 1);
  for_each_pixel_sorted(samples, n_samples_, truth.size(), [&](std::size_t pixel, const std::vector<float>& sorted) {
    if (!mask[pixel]) return;
    ++count_;
    for (std::size_t k = 0; k < nominal_.size(); ++k) {
      const double tail = 0.5 * (1 - nominal_[k]) * positions;
      const double low = order_statistic(sorted, tail), high = order_statistic(sorted, positions - tail);
      inside_[k] += low <= truth[pixel] && truth[pixel] <= high;
    }
  });
}

void CoverageCounter::sum_over(const Communicator& comm) {
  for (std::int64_t& inside : inside_) inside = comm.sum(inside);
  count_ = comm.sum(count_);
}

std::vector<double> CoverageCounter::empirical() const {
  BORNFLOW_REQUIRE(count_ > 0, "coverage of no pixels: the mask leaves nothing, or no image was added");
  std::vector<double> fractions(inside_.size());
  for (std::size_t k = 0; k < fractions.size(); ++k) fractions[k] = double(inside_[k]) / static_cast<double>(count_);
  return fractions;
}

void PixelErrors::add(const std::vector<float>& mean, const std::vector<float>& standard_deviation,
                      const std::vector<float>& truth, const std::vector<std::uint8_t>& mask) {
  BORNFLOW_REQUIRE(mean.size() == truth.size() && standard_deviation.size() == truth.size() && mask.size() == truth.size(),
                   "images differ in size");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!mask[i]) continue;
    predicted_std.push_back(standard_deviation[i]);
    error.push_back(mean[i] - truth[i]);
  }
}

UncertaintyCalibration uncertainty_calibration(const PixelErrors& pixels, int n_bins, Binning binning) {
  BORNFLOW_REQUIRE(n_bins > 0 && !pixels.error.empty() && pixels.error.size() == pixels.predicted_std.size(),
                   "no pixels, or no bins to count them in");
  const auto bins =
      binning == Binning::equal_count ? bins_of_equal_count(pixels, n_bins) : bins_of_equal_width(pixels, n_bins);
  UncertaintyCalibration result;
  for (const Bin& bin : bins) {
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    result.count.push_back(bin.count);
    result.predicted_std.push_back(std::sqrt(bin.variance / n));
    result.rms_error.push_back(std::sqrt(bin.squared_error / n));
    result.uce += n / static_cast<double>(pixels.error.size()) *
                  std::abs(result.rms_error.back() - result.predicted_std.back());
  }
  return result;
}

std::vector<float> normalised_residual(const std::vector<float>& mean, const std::vector<float>& standard_deviation,
                                       const std::vector<float>& truth) {
  BORNFLOW_REQUIRE(mean.size() == truth.size() && standard_deviation.size() == truth.size(), "images differ in size");
  std::vector<float> residual(truth.size());
  for (std::size_t i = 0; i < residual.size(); ++i) {
    const float error = mean[i] - truth[i];
    residual[i] = error == 0 ? 0.0f : error / standard_deviation[i];
  }
  return residual;
}

}  // namespace bornflow
