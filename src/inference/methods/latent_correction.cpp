#include "bornflow/inference/methods/latent_correction.hpp"

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// Adam (Kingma and Ba 2015, arXiv 1412.6980) of numbers on the host.
class AdamStep {
public:
  explicit AdamStep(std::size_t size) : first_(size), second_(size) {}
  void operator()(std::vector<double>& values, const std::vector<double>& gradient, double learning_rate) {
    constexpr double decay_1 = 0.9, decay_2 = 0.999, epsilon = 1e-8;
    ++steps_;
    const double bias_1 = 1 - std::pow(decay_1, steps_), bias_2 = 1 - std::pow(decay_2, steps_);
    for (std::size_t i = 0; i < values.size(); ++i) {
      first_[i] = decay_1 * first_[i] + (1 - decay_1) * gradient[i];
      second_[i] = decay_2 * second_[i] + (1 - decay_2) * gradient[i] * gradient[i];
      values[i] -= learning_rate * (first_[i] / bias_1) / (std::sqrt(second_[i] / bias_2) + epsilon);
    }
  }

private:
  std::vector<double> first_, second_;
  int steps_ = 0;
};

// Latents of one update. An even number of them are pairs e, -e, whose odd errors cancel.
Batch draw_latents(int count, int size, std::uint64_t seed, std::uint64_t update) {
  const bool paired = count % 2 == 0;
  Batch e(count, size);
  for (int i = 0; i < count; ++i) {
    const double sign = paired && i % 2 == 1 ? -1 : 1;
    RandomStream stream(seed, Purpose::latent, update, static_cast<std::uint32_t>(paired ? i / 2 : i));
    for (int c = 0; c < size; ++c) e.row(i)[c] = sign * stream.normal();
  }
  return e;
}

}  // namespace

LatentGaussian LatentGaussian::standard(int size) {
  return {std::vector<double>(size, 0.0), std::vector<double>(size, 1.0)};
}

Batch LatentGaussian::latents(const Batch& e) const {
  Batch z(e.count, e.size);
  for (int i = 0; i < e.count; ++i)
    for (int c = 0; c < e.size; ++c) z.row(i)[c] = mean[c] + deviation[c] * e.row(i)[c];
  return z;
}

double LatentGaussian::divergence_from_standard() const {
  double sum = 0;
  for (std::size_t c = 0; c < mean.size(); ++c)
    sum += 0.5 * (mean[c] * mean[c] + deviation[c] * deviation[c] - 1) - std::log(deviation[c]);
  return sum;
}

LatentCorrection correct_latents(LatentMap& map, ShotLikelihood& likelihood, const CorrectionOptions& options,
                                 const std::function<void(int)>& after_update) {
  const int size = map.latent_size();
  LatentCorrection result{LatentGaussian::standard(size), {}, 0};
  std::vector<double>&mean = result.latent.mean, &deviation = result.latent.deviation;
  std::vector<double> log_deviation(size, 0.0), d_mean(size), d_log_deviation(size);
  AdamStep step_mean(size), step_log_deviation(size);

  for_each_update(options.schedule, likelihood.shots(), [&](const std::vector<int>& shots, double learning_rate) {
    const Batch e = draw_latents(options.latents, size, options.schedule.seed, result.objective.size());
    const Batch z = result.latent.latents(e);
    const LogValues fit = likelihood.with_gradients(map.models(z), shots);
    const Batch dz = map.pull_back(z, fit.gradients);

    double objective = result.latent.divergence_from_standard();
    for (const double value : fit.values) objective -= value / e.count;
    double squares = 0;
    for (int c = 0; c < size; ++c) {
      d_mean[c] = mean[c];
      d_log_deviation[c] = deviation[c] * deviation[c] - 1;
      for (int i = 0; i < e.count; ++i) {
        d_mean[c] -= dz.row(i)[c] / e.count;
        d_log_deviation[c] -= dz.row(i)[c] * e.row(i)[c] * deviation[c] / e.count;
      }
      squares += d_mean[c] * d_mean[c] + d_log_deviation[c] * d_log_deviation[c];
    }
    if (!std::isfinite(objective) || !std::isfinite(squares))
      throw NumericalError("latent correction diverged in update " + std::to_string(result.objective.size() + 1) +
                           ": the objective or its gradient is not finite. Choose a smaller [correct] learning_rate.");
    step_mean(mean, d_mean, learning_rate);
    step_log_deviation(log_deviation, d_log_deviation, learning_rate);
    for (int c = 0; c < size; ++c) deviation[c] = std::exp(log_deviation[c]);
    result.objective.push_back(objective);
    result.reach += learning_rate;
    after_update(static_cast<int>(result.objective.size()));
  });
  return result;
}

}  // namespace bornflow
