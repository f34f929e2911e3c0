#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "bornflow/inference/diagnostics/diagnostic_report.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"

namespace bornflow::test {

/// How samples differ from those of the exact posterior.
struct Defect {
  double width = 1;            ///< factor on the deviation
  double shift = 0;            ///< of every number, in its posterior deviations
  bool ignores_data = false;   ///< samples are those of the prior
};

/// Data sets of y = A x + noise with 16 numbers x of a smooth Gaussian prior and 12 numbers y, samples of their posterior,
/// with a defect or without, and all evidence of them. Data set i is a function of (seed, i).
class LinearGaussianEvidence {
public:
  static constexpr int size = 16, data_size = 12, n_draws = 63, n_statistics = 6;

  LinearGaussianEvidence(const Defect& defect, std::uint64_t seed)
      : evidence(options()), sbc(n_statistics, n_draws), defect_(defect), seed_(seed),
        factor_(Cholesky(exact_.covariance()).lower()) {}

  void add(int first, int last) {
    for (int i = first; i < last; ++i) add_one(i);
  }

  DiagnosticReport report(const DiagnosticThresholds& thresholds = {}) const {
    const CalibrationTest test = sbc.test();
    const UncertaintyCalibration uce = uncertainty_calibration(pixels, 5);
    return make_report({&evidence, &test, &uce, residual_ratios, {}, 0}, thresholds);
  }

  PosteriorEvidence evidence;
  SimulationBasedCalibration sbc;
  PixelErrors pixels;
  std::vector<double> residual_ratios;

private:
  static GaussianDensity make_prior() {
    return {std::vector<double>(size, 0.0), smooth_covariance(size, 2, 0.05)};
  }

  static EvidenceOptions options() {
    EvidenceOptions options;
    options.n_draws = n_draws;
    options.mask.assign(size, 1);
    options.prior_variance.assign(size, 1.05f);
    return options;
  }

  std::vector<float> draw(const std::vector<double>& mean, RandomStream& random) const {
    std::vector<double> z(size);
    for (double& value : z) value = random.normal();
    const std::vector<double> step = apply(factor_, z.data());
    std::vector<float> x(size);
    for (int k = 0; k < size; ++k)
      x[k] = static_cast<float>(mean[k] + defect_.shift * std::sqrt(exact_.covariance()(k, k)) + defect_.width * step[k]);
    return x;
  }

  static std::vector<double> statistics(const float* x) {
    double energy = 0, sum = 0;
    for (int k = 0; k < size; ++k) energy += double(x[k]) * x[k], sum += x[k];
    return {x[0], x[5], x[10], x[15], energy, sum};
  }

  double residual(const float* x, const double* y) const {
    const std::vector<double> model(x, x + size), data = apply(likelihood_.matrix(), model.data());
    double sum = 0;
    for (int k = 0; k < data_size; ++k) sum += (data[k] - y[k]) * (data[k] - y[k]);
    return sum;
  }

  void add_one(int i) {
    const auto number = static_cast<std::uint64_t>(i);
    const Batch truth = prior_.sample(1, seed_, Purpose::prior, number);
    const Batch other = prior_.sample(1, seed_, Purpose::amplitude, number);
    LinearLikelihood likelihood = likelihood_;
    const Batch y = likelihood.simulate(truth, seed_, number);
    const std::vector<double> mean = exact_.mean(y.row(0)), score = apply_transposed(likelihood_.matrix(), y.row(0));
    const std::vector<float> x(truth.values.begin(), truth.values.end()), from_prior(other.values.begin(), other.values.end()),
        from_data(score.begin(), score.end());
    std::vector<float> samples;
    RandomStream random(seed_, Purpose::test, number);
    for (int s = 0; s < n_draws; ++s) {
      std::vector<float> one = draw(mean, random);
      if (defect_.ignores_data) {
        const Batch free = prior_.sample(1, seed_, Purpose::latent, number * n_draws + static_cast<std::uint64_t>(s));
        one.assign(free.values.begin(), free.values.end());
      }
      samples.insert(samples.end(), one.begin(), one.end());
    }
    evidence.add(i, x.data(), samples.data(), {from_prior.data(), from_data.data()});

    std::vector<double> from_mean(size);
    for (int k = 0; k < size; ++k)
      from_mean[k] = (truth.values[k] - mean[k] - defect_.shift * std::sqrt(exact_.covariance()(k, k))) / defect_.width;
    const std::vector<double> z = Cholesky(exact_.covariance()).solve_lower(from_mean);
    const std::vector<float> latent(z.begin(), z.end());
    evidence.add_latent(latent.data(), latent.size());

    std::vector<std::vector<double>> draws;
    double misfit = 0;
    RunningMoments moments(size);
    for (int s = 0; s < n_draws; ++s) {
      const float* sample = samples.data() + static_cast<std::size_t>(s) * size;
      draws.push_back(statistics(sample));
      misfit += residual(sample, y.row(0)) / n_draws;
      moments.add(sample);
    }
    sbc.add(i, statistics(x.data()), draws);
    pixels.add(moments.mean(), moments.standard_deviation(), x, std::vector<std::uint8_t>(size, 1));
    residual_ratios.push_back(std::sqrt(misfit / data_size) / likelihood_.sigma());
  }

  Defect defect_;
  std::uint64_t seed_;
  GaussianDensity prior_ = make_prior();
  LinearLikelihood likelihood_{random_matrix_with_decay(data_size, size, 0.1, 5), 0.3};
  LinearGaussianPosterior exact_{prior_, likelihood_};
  DenseMatrix factor_;
};

}  // namespace bornflow::test
