#include "bornflow/inference/diagnostics/summary_novelty.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/diagnostics/dip_statistics.hpp"
#include "bornflow/inference/numerics/principal_components.hpp"

namespace bornflow {

namespace {

constexpr std::int64_t min_summaries = 32;

// The descriptions keep away from log 0; a spread below one percent is rounding, not a property of the summaries.
constexpr double smallest_part = 1e-12;
constexpr double smallest_spread = 0.01;
constexpr int smallest_side = 8;  // [points] of an image with dips: twice the smoothing of the structure tensor, and more

// (log M, log r), and (log t, u) where the image is large enough.
std::vector<double> description(const SummaryNovelty& reference, const float* summary) {
  const std::size_t size = reference.mean.size(), count = reference.variances.size();
  double mahalanobis = 0, residual = 0, scale = 0;
  for (double variance : reference.variances) scale += variance;
  for (std::size_t i = 0; i < size; ++i) {
    const double difference = double(summary[i]) - reference.mean[i];
    residual += difference * difference;
  }
  for (std::size_t k = 0; k < count; ++k) {
    double coefficient = 0;
    for (std::size_t i = 0; i < size; ++i)
      coefficient += reference.components[k * size + i] * (double(summary[i]) - reference.mean[i]);
    mahalanobis += coefficient * coefficient / reference.variances[k] / static_cast<double>(count);
    residual -= coefficient * coefficient;
  }
  // Written so that NaN stays NaN.
  mahalanobis = mahalanobis < smallest_part ? smallest_part : mahalanobis;
  residual = residual < smallest_part * scale ? smallest_part * scale : residual;
  std::vector<double> numbers = {std::log(mahalanobis), std::log(residual)};
  if (std::min(reference.nz, reference.nx) < smallest_side) return numbers;
  const DipStatistics dips = dip_statistics(summary, reference.nz, reference.nx);
  numbers.push_back(std::log(std::max(dips.spread, smallest_part)));
  numbers.push_back(dips.net);
  return numbers;
}

// (d - mean)^T C^-1 (d - mean) through the Cholesky factor of C.
double score_of(const SummaryNovelty& reference, const float* summary) {
  std::vector<double> difference = description(reference, summary);
  const int n = static_cast<int>(difference.size());
  for (int i = 0; i < n; ++i) difference[i] -= reference.description_mean[i];
  std::vector<double> factor = reference.description_covariance;
  double score = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = factor[i * n + j];
      for (int k = 0; k < j; ++k) sum -= factor[i * n + k] * factor[j * n + k];
      factor[i * n + j] = i == j ? std::sqrt(sum) : sum / factor[j * n + j];
    }
    for (int k = 0; k < i; ++k) difference[i] -= factor[i * n + k] * difference[k];
    difference[i] /= factor[i * n + i];
    score += difference[i] * difference[i];
  }
  return score;
}

// Mean and covariance of the descriptions over some of the summaries.
void fit_distance(SummaryNovelty& reference, const float* summaries, const std::vector<std::int64_t>& chosen) {
  std::vector<std::vector<double>> descriptions;
  for (std::int64_t s : chosen)
    descriptions.push_back(description(reference, summaries + static_cast<std::size_t>(s) * reference.mean.size()));
  const std::size_t n = descriptions[0].size();
  const auto count = static_cast<double>(descriptions.size());
  auto& mean = reference.description_mean;
  auto& covariance = reference.description_covariance;
  mean.assign(n, 0);
  covariance.assign(n * n, 0);
  for (const auto& d : descriptions)
    for (std::size_t i = 0; i < n; ++i) mean[i] += d[i] / count;
  for (const auto& d : descriptions)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) covariance[i * n + j] += (d[i] - mean[i]) * (d[j] - mean[j]) / (count - 1);
  for (std::size_t i = 0; i < n; ++i) covariance[i * n + i] += smallest_spread * smallest_spread;
}

// The numbers 0 ... n - 1 in an order drawn by Fisher and Yates.
std::vector<std::int64_t> shuffled(std::int64_t n, std::uint64_t seed) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  RandomStream random(seed, Purpose::validation, 0, 3);
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[random.integer(0, static_cast<int>(i))]);
  return order;
}

}  // namespace

SummaryNovelty fit_summary_novelty(const float* summaries, std::int64_t n, int nz, int nx,
                                   const SummaryNoveltyOptions& options) {
  BORNFLOW_REQUIRE(options.n_components > 0 && options.held_out_fraction > 0 && options.held_out_fraction < 0.5 &&
                       options.max_fitted >= 8, "the options of the novelty score");
  if (n < min_summaries)
    throw UserError("out-of-distribution score: " + std::to_string(n) + " training summaries are too few; make at least " +
                    std::to_string(min_summaries) + ", better 500");
  const std::size_t size = static_cast<std::size_t>(nz) * static_cast<std::size_t>(nx);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n) * size; ++i)
    if (!std::isfinite(summaries[i]))
      throw DataError("out-of-distribution score: training summary " + std::to_string(i / size) + " is not finite at pixel " +
                      std::to_string(i % size) + "; make the pairs again");

  const auto order = shuffled(n, options.seed);
  const auto part = std::clamp(static_cast<std::int64_t>(options.held_out_fraction * static_cast<double>(n)), std::int64_t{8},
                               n / 3);
  const std::vector<std::int64_t> held_out(order.begin(), order.begin() + part);
  const std::vector<std::int64_t> distance(order.begin() + part, order.begin() + 2 * part);
  const auto n_fitted = std::min(n - 2 * part, static_cast<std::int64_t>(options.max_fitted));
  std::vector<float> fitted(static_cast<std::size_t>(n_fitted) * size);
  for (std::int64_t s = 0; s < n_fitted; ++s)
    std::copy_n(summaries + order[2 * part + s] * size, size, &fitted[s * size]);

  // At least four samples a component: a variance from fewer says little.
  const int count = std::min(options.n_components, static_cast<int>(n_fitted / 4));
  auto components = principal_components(fitted.data(), n_fitted, size, count);
  double mean_energy = 0;
  for (float value : components.mean) mean_energy += double(value) * value;
  // Float summaries that are all the same differ by rounding at most, 1e-7 of their size.
  if (components.variances.empty() || components.variances[0] <= 1e-13 * mean_energy)
    throw DataError("out-of-distribution score: all training summaries are the same; was the pairs file filled?");
  SummaryNovelty reference;
  reference.nz = nz;
  reference.nx = nx;
  reference.mean = std::move(components.mean);
  reference.components = std::move(components.components);
  reference.variances = std::move(components.variances);
  fit_distance(reference, summaries, distance);
  for (std::int64_t s : held_out) reference.held_out.push_back(score_of(reference, summaries + s * size));
  std::sort(reference.held_out.begin(), reference.held_out.end());
  return reference;
}

NoveltyScore score_novelty(const SummaryNovelty& reference, const std::vector<float>& summary) {
  BORNFLOW_REQUIRE(!reference.held_out.empty(), "the novelty reference was not fitted");
  if (summary.size() != reference.mean.size())
    throw DataError("out-of-distribution score: the summary has " + std::to_string(summary.size()) + " pixels, training had " +
                    std::to_string(reference.mean.size()));
  NoveltyScore result;
  result.score = score_of(reference, summary.data());
  if (!std::isfinite(result.score))
    throw NumericalError("out-of-distribution score: the summary is not finite; look for NaN in the observed data");
  const auto& held_out = reference.held_out;
  const auto as_large = held_out.end() - std::lower_bound(held_out.begin(), held_out.end(), result.score);
  result.p_value = (1.0 + static_cast<double>(as_large)) / (1.0 + static_cast<double>(held_out.size()));
  return result;
}

void write_summary_novelty(Hdf5File& file, const std::string& group, const SummaryNovelty& reference) {
  const auto size = static_cast<std::int64_t>(reference.mean.size());
  const auto count = static_cast<std::int64_t>(reference.variances.size());
  file.write<float>(group + "/mean", {size}, reference.mean.data());
  file.write<float>(group + "/components", {count, size}, reference.components.data());
  file.write<double>(group + "/variances", {count}, reference.variances.data());
  file.write<double>(group + "/held_out", {static_cast<std::int64_t>(reference.held_out.size())}, reference.held_out.data());
  const auto n = static_cast<std::int64_t>(reference.description_mean.size());
  file.write<double>(group + "/description_mean", {n}, reference.description_mean.data());
  file.write<double>(group + "/description_covariance", {n, n}, reference.description_covariance.data());
  file.write_attribute(group, "nz", reference.nz);
  file.write_attribute(group, "nx", reference.nx);
}

SummaryNovelty read_summary_novelty(const Hdf5File& file, const std::string& group) {
  SummaryNovelty reference;
  reference.mean = file.read<float>(group + "/mean");
  reference.components = file.read<float>(group + "/components");
  reference.variances = file.read<double>(group + "/variances");
  reference.held_out = file.read<double>(group + "/held_out");
  reference.description_mean = file.read<double>(group + "/description_mean");
  reference.description_covariance = file.read<double>(group + "/description_covariance");
  reference.nz = static_cast<int>(file.number_attribute(group, "nz"));
  reference.nx = static_cast<int>(file.number_attribute(group, "nx"));
  const std::size_t n = reference.description_mean.size();
  const bool has_dips = std::min(reference.nz, reference.nx) >= smallest_side;
  if (n != (has_dips ? 4 : 2) || reference.description_covariance.size() != n * n || reference.held_out.empty() ||
      reference.mean.size() != static_cast<std::size_t>(reference.nz) * static_cast<std::size_t>(reference.nx) ||
      reference.variances.empty() || reference.components.size() != reference.variances.size() * reference.mean.size())
    throw DataError(file.path() + ": the datasets under " + group + " do not belong together; train again");
  return reference;
}

}  // namespace bornflow
