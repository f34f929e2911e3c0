#pragma once

#include "bornflow/inference/likelihood.hpp"
#include "bornflow/inference/numerics/dense_matrix.hpp"

namespace bornflow {

/// y = A x + sigma n with a dense A and white noise n:
///
///   log p(y|x) = -|A x - y|^2 / (2 sigma^2) - m log(sigma sqrt(2 pi)),   score = A^T (y - A x) / sigma^2
class LinearLikelihood final : public Likelihood {
public:
  LinearLikelihood(const DenseMatrix& a, double sigma) : a_(a), sigma_(sigma) {}
  int model_size() const override { return a_.columns; }
  int data_size() const override { return a_.rows; }
  const DenseMatrix& matrix() const { return a_; }
  double sigma() const { return sigma_; }

protected:
  std::vector<double> evaluate(const Batch& x, const Batch& y) const override;
  LogValues differentiate(const Batch& x, const Batch& y) const override;
  Batch draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const override;

private:
  /// A x - y, and log p(y|x).
  double misfit(const double* x, const double* y, std::vector<double>& residual) const;
  DenseMatrix a_;
  double sigma_;
};

}  // namespace bornflow
