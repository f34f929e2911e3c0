#pragma once

#include <vector>

#include "bornflow/inference/likelihood.hpp"

namespace bornflow {

/// y = A x + sigma n with a linear A and white noise n of the m numbers of y:
///
///   log p(y|x) = -|A x - y|^2 / (2 sigma^2) - m log(sigma sqrt(2 pi)),   score = A^T (y - A x) / sigma^2
class WhiteNoiseLikelihood : public Likelihood {
public:
  explicit WhiteNoiseLikelihood(double sigma) : sigma_(sigma) {}
  double sigma() const { return sigma_; }

protected:
  std::vector<double> evaluate(const Batch& x, const Batch& y) const final;
  LogValues differentiate(const Batch& x, const Batch& y) const final;
  Batch draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const final;

private:
  virtual std::vector<double> forward(const double* x) const = 0;    ///< A x
  virtual std::vector<double> adjoint(const double* y) const = 0;    ///< A^T y
  /// A x - y, and log p(y|x).
  double misfit(const double* x, const double* y, std::vector<double>& residual) const;
  double sigma_;
};

}  // namespace bornflow
