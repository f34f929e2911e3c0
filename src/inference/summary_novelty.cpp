#include "bornflow/inference/summary_novelty.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/principal_components.hpp"

namespace bornflow {

namespace {

constexpr std::int64_t min_summaries = 32;

// Both descriptions keep away from log 0; a spread below one percent is rounding, not a property of the summaries.
constexpr double smallest_part = 1e-12;
constexpr double smallest_spread = 0.01;

struct LogParts {
  double mahalanobis, residual;  // log M and log r
};

LogParts log_parts(const SummaryNovelty& reference, const float* summary) {
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
  return {std::log(mahalanobis), std::log(residual)};
}

double score_of(const SummaryNovelty& reference, const float* summary) {
  const LogParts parts = log_parts(reference, summary);
  const double a = parts.mahalanobis - reference.log_mean[0], b = parts.residual - reference.log_mean[1];
  const double vaa = reference.log_covariance[0], vab = reference.log_covariance[1], vbb = reference.log_covariance[2];
  return (vbb * a * a - 2 * vab * a * b + vaa * b * b) / (vaa * vbb - vab * vab);
}

// Mean and covariance of the log parts over some of the summaries.
void fit_distance(SummaryNovelty& reference, const float* summaries, const std::vector<std::int64_t>& chosen) {
  const std::size_t size = reference.mean.size();
  std::vector<LogParts> parts;
  for (std::int64_t s : chosen) parts.push_back(log_parts(reference, summaries + s * size));
  const auto n = static_cast<double>(parts.size());
  auto& mean = reference.log_mean = {0, 0};
  auto& covariance = reference.log_covariance = {0, 0, 0};
  for (const LogParts& p : parts) mean[0] += p.mahalanobis / n, mean[1] += p.residual / n;
  for (const LogParts& p : parts) {
    const double a = p.mahalanobis - mean[0], b = p.residual - mean[1];
    covariance[0] += a * a / (n - 1);
    covariance[1] += a * b / (n - 1);
    covariance[2] += b * b / (n - 1);
  }
  covariance[0] += smallest_spread * smallest_spread;
  covariance[2] += smallest_spread * smallest_spread;
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

SummaryNovelty fit_summary_novelty(const float* summaries, std::int64_t n, std::size_t size,
                                   const SummaryNoveltyOptions& options) {
  BORNFLOW_REQUIRE(options.n_components > 0 && options.held_out_fraction > 0 && options.held_out_fraction < 0.5 &&
                       options.max_fitted >= 8, "the options of the novelty score");
  if (n < min_summaries)
    throw UserError("out-of-distribution score: " + std::to_string(n) + " training summaries are too few; make at least " +
                    std::to_string(min_summaries) + ", better 500");
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
  file.write<double>(group + "/log_mean", {2}, reference.log_mean.data());
  file.write<double>(group + "/log_covariance", {3}, reference.log_covariance.data());
}

SummaryNovelty read_summary_novelty(const Hdf5File& file, const std::string& group) {
  SummaryNovelty reference;
  reference.mean = file.read<float>(group + "/mean");
  reference.components = file.read<float>(group + "/components");
  reference.variances = file.read<double>(group + "/variances");
  reference.held_out = file.read<double>(group + "/held_out");
  reference.log_mean = file.read<double>(group + "/log_mean");
  reference.log_covariance = file.read<double>(group + "/log_covariance");
  if (reference.log_mean.size() != 2 || reference.log_covariance.size() != 3 || reference.held_out.empty() ||
      reference.variances.empty() || reference.components.size() != reference.variances.size() * reference.mean.size())
    throw DataError(file.path() + ": the datasets under " + group + " do not belong together; train again");
  return reference;
}

}  // namespace bornflow
