#include "bornflow/inference/diagnostics/posterior_evidence.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"

namespace bornflow {

namespace {

constexpr std::size_t most_shown = 32;
// Numbers of the statistics for the breaking of ties; those of the images are 0, 1, ...
constexpr int prior_statistic = 500, data_statistic = 501;

int rank_of_distance(const float* truth, const float* samples, const float* reference, std::size_t size,
                     const std::vector<std::size_t>& pixels, const EvidenceOptions& options, std::int64_t number,
                     int statistic) {
  std::vector<double> distances(static_cast<std::size_t>(options.n_draws));
  for (std::size_t s = 0; s < distances.size(); ++s)
    distances[s] = squared_distance(samples + s * size, reference, pixels);
  return rank_statistic(squared_distance(truth, reference, pixels), distances, options.seed, number, statistic);
}

}  // namespace

double squared_distance(const float* a, const float* b, const std::vector<std::size_t>& pixels) {
  double sum = 0;
  for (const std::size_t i : pixels) sum += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
  return sum;
}

PosteriorEvidence::PosteriorEvidence(const EvidenceOptions& options)
    : levels(CoverageCounter(options.n_draws).nominal()), options_(options) {
  BORNFLOW_REQUIRE(options.mask.size() == options.prior_variance.size(), "mask and prior variance differ in size");
  BORNFLOW_REQUIRE(options.n_draws > 3, "the spread of z needs more than 3 draws");
  for (std::size_t i = 0; i < options.mask.size(); ++i)
    if (options.mask[i]) pixels_.push_back(i);
  BORNFLOW_REQUIRE(!pixels_.empty(), "the mask leaves no pixel");
  const std::size_t shown = std::min(most_shown, pixels_.size());
  for (std::size_t k = 0; k < shown; ++k) shown_.push_back(pixels_[(2 * k + 1) * pixels_.size() / (2 * shown)]);
}

void PosteriorEvidence::add(std::int64_t number, const float* truth, const float* samples, const TarpReferences& references) {
  const std::size_t size = options_.mask.size();
  const int n = options_.n_draws;
  RunningMoments moments(size);
  for (int s = 0; s < n; ++s) moments.add(samples + static_cast<std::size_t>(s) * size);
  const std::vector<float> mean = moments.mean(), deviation = moments.standard_deviation();

  CoverageCounter counter(n);
  counter.add(samples, {truth, truth + size}, options_.mask);
  const std::vector<double> fractions = counter.empirical();
  inside.insert(inside.end(), fractions.begin(), fractions.end());
  tarp_prior.push_back(
      rank_of_distance(truth, samples, references.from_prior, size, pixels_, options_, number, prior_statistic));
  tarp_data.push_back(
      rank_of_distance(truth, samples, references.from_data, size, pixels_, options_, number, data_statistic));

  // (truth - mean of n draws) has the variance (1 + 1/n) sigma^2, and 1 / std^2 the mean (n - 1) / (n - 3) / sigma^2.
  const double for_draws = (n - 3.0) / ((n - 1.0) * (1 + 1.0 / n));
  const auto z = [&](std::size_t i) {
    const double error = double(mean[i]) - truth[i];
    return error == 0 ? 0.0 : error / deviation[i];
  };
  double sum = 0, squares = 0, variance = 0, prior = 0;
  for (const std::size_t i : pixels_) {
    sum += z(i);
    squares += z(i) * z(i);
    variance += double(deviation[i]) * deviation[i];
    prior += options_.prior_variance[i];
  }
  const auto count = static_cast<double>(pixels_.size());
  z_mean.push_back(sum / count);
  z_square.push_back(for_draws * squares / count);
  contraction.push_back(1 - variance / prior);
  for (const std::size_t i : shown_) {
    some_z.push_back(static_cast<float>(z(i)));
    some_contraction.push_back(1 - deviation[i] * deviation[i] / options_.prior_variance[i]);
  }
}

void PosteriorEvidence::add_latent(const float* z, std::size_t n) {
  double sum = 0, squares = 0, fourth = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double square = double(z[k]) * z[k];
    sum += z[k];
    squares += square;
    fourth += square * square;
  }
  const auto count = static_cast<double>(n);
  latent_mean.push_back(sum / count);
  latent_square.push_back(squares / count);
  latent_fourth.push_back(fourth / count);
}

void PosteriorEvidence::add_learned_latent(const float* z, std::size_t n) {
  double squares = 0;
  for (std::size_t k = 0; k < n; ++k) squares += double(z[k]) * z[k];
  learned_square.push_back(squares / static_cast<double>(n));
}

void PosteriorEvidence::gather(const Communicator& comm) {
  for (auto* values : {&inside, &z_mean, &z_square, &contraction, &latent_mean, &latent_square, &latent_fourth, &learned_square})
    *values = comm.concatenate(*values);
  for (auto* ranks : {&tarp_prior, &tarp_data}) *ranks = comm.concatenate(*ranks);
  for (auto* values : {&some_z, &some_contraction}) *values = comm.concatenate(*values);
}

}  // namespace bornflow
