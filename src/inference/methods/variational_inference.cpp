#include "bornflow/inference/methods/variational_inference.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

VariationalBound variational_bound(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y,
                                   const Batch& z) {
  const Batch condition(y), x = flow.sample(z, condition);
  const std::vector<double> log_q = flow.log_prob(x, condition), log_p = target.log_values(x);
  VariationalBound bound;
  double largest = -INFINITY, sum = 0;
  for (int i = 0; i < x.count; ++i) {
    bound.negative_elbo += (log_q[i] - log_p[i]) / x.count;
    largest = std::max(largest, log_p[i] - log_q[i]);
  }
  for (int i = 0; i < x.count; ++i) sum += std::exp(log_p[i] - log_q[i] - largest);
  bound.log_evidence = largest + std::log(sum / x.count);
  return bound;
}

double divergence(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y, const Batch& z,
                  double log_evidence) {
  const Batch condition(y), x = flow.sample(z, condition);
  const std::vector<double> log_q = flow.log_prob(x, condition), log_p = target.log_values(x);
  double mean = 0, mean_excess = 0, squares = 0;
  for (int i = 0; i < x.count; ++i) {
    const double difference = log_q[i] - log_p[i] + log_evidence, excess = std::expm1(-difference);   // p/q - 1
    mean += difference / x.count, mean_excess += excess / x.count, squares += excess * excess / x.count;
  }
  // Where q misses a part of the posterior, so do its samples, and their mean of p/q is not one.
  return squares < 0.25 ? mean + mean_excess : mean;
}

std::vector<double> fit_posterior(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y,
                                  const VariationalOptions& options, const std::function<void(int)>& after_update) {
  const Batch condition(y);
  flow.restart_optimiser();
  std::vector<double> history;
  after_update(0);
  int used = 0;
  for_each_update(options.schedule, options.latents, [&](const std::vector<int>& numbers, double learning_rate) {
    const int epoch = used / options.latents;
    Batch z(static_cast<int>(numbers.size()), flow.model_size());
    for (int i = 0; i < z.count; ++i) {
      RandomStream stream(options.schedule.seed, Purpose::latent, static_cast<std::uint64_t>(numbers[i]),
                          static_cast<std::uint32_t>(options.fresh_latents ? epoch : 0));
      for (int c = 0; c < z.size; ++c) z.row(i)[c] = stream.normal();
    }
    const Batch x = flow.sample(z, condition);
    const LogValues target_values = target.with_gradients(x);
    const bool path = options.gradient == VariationalGradient::path;
    const LogValues flow_values = path ? flow.log_prob_with_gradients(x, condition)
                                       : LogValues{flow.log_prob(x, condition), Batch(z.count, z.size)};
    double objective = 0;
    Batch dx(z.count, z.size);
    for (int i = 0; i < z.count; ++i) objective += (flow_values.values[i] - target_values.values[i]) / z.count;
    for (std::size_t i = 0; i < dx.values.size(); ++i)
      dx.values[i] = (flow_values.gradients.values[i] - target_values.gradients.values[i]) / z.count;
    flow.backward(z, condition, dx, path ? 0.0 : 1.0 / z.count);
    if (!std::isfinite(objective) || !std::isfinite(flow.step(learning_rate)))
      throw NumericalError("variational inference diverged in update " + std::to_string(history.size() + 1) +
                           ": the objective or its gradient is not finite. Choose a smaller [train] learning_rate.");
    history.push_back(objective);
    used += z.count;
    after_update(static_cast<int>(history.size()));
  });
  return history;
}

}  // namespace bornflow
