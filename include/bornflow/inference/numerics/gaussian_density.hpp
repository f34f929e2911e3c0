#pragma once

#include "bornflow/inference/log_density.hpp"
#include "bornflow/inference/numerics/dense_matrix.hpp"

namespace bornflow {

/// A Gaussian N(mean, covariance) of vectors, normalised. NumericalError when the covariance is not positive definite.
class GaussianDensity final : public LogDensity {
public:
  GaussianDensity(const std::vector<double>& mean, const DenseMatrix& covariance);
  int size() const override { return static_cast<int>(mean_.size()); }
  const std::vector<double>& mean() const { return mean_; }
  const DenseMatrix& covariance() const { return covariance_; }

  std::vector<double> log_values(const Batch& x) const override;
  LogValues with_gradients(const Batch& x) const override;
  /// Draws number first, first + 1, ...; each is a function of (seed, purpose, number).
  Batch sample(int count, std::uint64_t seed, Purpose purpose, std::uint64_t first) const;

private:
  std::vector<double> mean_;
  DenseMatrix covariance_;
  Cholesky factor_;
};

/// The covariance exp(-(i - j)^2 / (2 length^2)) of a smooth signal, with `nugget` added on the diagonal: without it the
/// matrix is singular to rounding.
DenseMatrix smooth_covariance(int size, double length, double nugget);

}  // namespace bornflow
