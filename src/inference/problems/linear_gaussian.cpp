#include "bornflow/inference/problems/linear_gaussian.hpp"

#include <algorithm>
#include <cmath>

namespace bornflow {

LinearGaussianPosterior::LinearGaussianPosterior(const GaussianDensity& prior, const LinearLikelihood& likelihood)
    : prior_mean_(prior.mean()), a_(likelihood.matrix()), covariance_(prior.covariance()) {
  const DenseMatrix ac = product(a_, prior.covariance());
  DenseMatrix data_covariance = product(ac, transposed(a_));
  for (int i = 0; i < data_covariance.rows; ++i) data_covariance(i, i) += likelihood.sigma() * likelihood.sigma();
  gain_ = product(transposed(ac), Cholesky(data_covariance).inverse());
  const DenseMatrix known = product(gain_, ac);
  for (std::size_t i = 0; i < covariance_.values.size(); ++i) covariance_.values[i] -= known.values[i];
  for (int i = 0; i < covariance_.rows; ++i)   // symmetric to the bit
    for (int j = 0; j < i; ++j) covariance_(i, j) = covariance_(j, i) = 0.5 * (covariance_(i, j) + covariance_(j, i));
}

std::vector<double> LinearGaussianPosterior::mean(const double* y) const {
  std::vector<double> residual = apply(a_, prior_mean_.data());
  for (int i = 0; i < a_.rows; ++i) residual[i] = y[i] - residual[i];
  std::vector<double> mean = apply(gain_, residual.data());
  for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += prior_mean_[c];
  return mean;
}

DenseMatrix random_matrix_with_decay(int rows, int columns, double smallest, std::uint64_t seed) {
  const int rank = std::min(rows, columns);
  DenseMatrix left(rows, rank), right(columns, rank);
  left.values = normal_batch(rows, rank, seed, Purpose::encoding, 0).values;
  right.values = normal_batch(columns, rank, seed, Purpose::encoding, static_cast<std::uint64_t>(rows)).values;
  left = orthonormal_columns(left), right = orthonormal_columns(right);
  for (int k = 0; k < rank; ++k) {
    const double value = rank == 1 ? 1.0 : std::pow(smallest, k / (rank - 1.0));
    for (int i = 0; i < rows; ++i) left(i, k) *= value;
  }
  return product(left, transposed(right));
}

}  // namespace bornflow
