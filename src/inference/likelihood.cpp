#include "bornflow/inference/likelihood.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

void Likelihood::check(const Batch& x, const Batch& y) const {
  BORNFLOW_REQUIRE(x.size == model_size(), "models of another size than the likelihood");
  BORNFLOW_REQUIRE(y.size == data_size() && (y.count == 1 || y.count == x.count),
                   "data of another size than the likelihood, or another number of them than models");
}

std::vector<double> Likelihood::log_values(const Batch& x, const Batch& y) {
  check(x, y);
  ledger_.forward += std::int64_t{x.count} * shots();
  return evaluate(x, y);
}

LogValues Likelihood::with_gradients(const Batch& x, const Batch& y) {
  check(x, y);
  ledger_.forward += std::int64_t{x.count} * shots();
  ledger_.adjoint += std::int64_t{x.count} * shots();
  return differentiate(x, y);
}

Batch Likelihood::simulate(const Batch& x, std::uint64_t seed, std::uint64_t first) {
  BORNFLOW_REQUIRE(x.size == model_size(), "models of another size than the likelihood");
  ledger_.forward += std::int64_t{x.count} * shots();
  return draw_data(x, seed, first);
}

PosteriorDensity::PosteriorDensity(Likelihood& likelihood, const LogDensity& prior, const std::vector<double>& y)
    : likelihood_(likelihood), prior_(prior), y_(y) {
  BORNFLOW_REQUIRE(prior.size() == likelihood.model_size(), "prior and likelihood are of different models");
}

std::vector<double> PosteriorDensity::log_values(const Batch& x) const {
  std::vector<double> sum = likelihood_.log_values(x, y_);
  const std::vector<double> prior = prior_.log_values(x);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += prior[i];
  return sum;
}

LogValues PosteriorDensity::with_gradients(const Batch& x) const {
  LogValues sum = likelihood_.with_gradients(x, y_);
  const LogValues prior = prior_.with_gradients(x);
  for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += prior.values[i];
  for (std::size_t i = 0; i < sum.gradients.values.size(); ++i) sum.gradients.values[i] += prior.gradients.values[i];
  return sum;
}

}  // namespace bornflow
