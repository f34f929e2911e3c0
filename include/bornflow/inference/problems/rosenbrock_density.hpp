#pragma once

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// The Rosenbrock density of two numbers, a curved ridge (Siahkoohi et al. 2021, arXiv 2101.03709):
///
///   -log p(x) = a (x1 - mu)^2 + b (x2 - x1^2)^2 - log(sqrt(a b) / pi)
///
/// that is x1 ~ N(mu, 1/(2a)) and x2 | x1 ~ N(x1^2, 1/(2b)). Normalised.
class RosenbrockDensity final : public LogDensity {
public:
  RosenbrockDensity(double mu, double a, double b) : mu_(mu), a_(a), b_(b) {}
  int size() const override { return 2; }
  std::vector<double> log_values(const Batch& x) const override;
  LogValues with_gradients(const Batch& x) const override;
  /// Draws number first, first + 1, ...; each is a function of (seed, number).
  Batch sample(int count, std::uint64_t seed, std::uint64_t first) const;

private:
  double mu_, a_, b_;
};

}  // namespace bornflow
