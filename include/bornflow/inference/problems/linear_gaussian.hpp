#pragma once

#include "bornflow/inference/numerics/gaussian_density.hpp"
#include "bornflow/inference/problems/linear_likelihood.hpp"

namespace bornflow {

/// The posterior of x ~ N(m, C) given y = A x + sigma n, in closed form:
///
///   C_post = (C^-1 + A^T A / sigma^2)^-1 = C - C A^T (A C A^T + sigma^2)^-1 A C
///   m_post = m + C A^T (A C A^T + sigma^2)^-1 (y - A m)
///
/// The second form of each is computed: it needs no inverse of C, which may be nearly singular.
class LinearGaussianPosterior {
public:
  LinearGaussianPosterior(const GaussianDensity& prior, const LinearLikelihood& likelihood);
  std::vector<double> mean(const double* y) const;
  const DenseMatrix& covariance() const { return covariance_; }   ///< the same for every y

private:
  std::vector<double> prior_mean_;
  DenseMatrix a_, gain_, covariance_;
};

/// A matrix with random singular vectors, and singular values from 1 down to `smallest` in equal ratios.
DenseMatrix random_matrix_with_decay(int rows, int columns, double smallest, std::uint64_t seed);

}  // namespace bornflow
