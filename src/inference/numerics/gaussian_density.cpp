#include "bornflow/inference/numerics/gaussian_density.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

GaussianDensity::GaussianDensity(const std::vector<double>& mean, const DenseMatrix& covariance)
    : mean_(mean), covariance_(covariance), factor_(covariance) {
  BORNFLOW_REQUIRE(covariance.rows == static_cast<int>(mean.size()), "mean and covariance are of different vectors");
}

std::vector<double> GaussianDensity::log_values(const Batch& x) const { return with_gradients(x).values; }

LogValues GaussianDensity::with_gradients(const Batch& x) const {
  constexpr double log_2_pi = 1.8378770664093454836;
  BORNFLOW_REQUIRE(x.size == size(), "vectors of another size than the density");
  LogValues result{std::vector<double>(x.count), Batch(x.count, x.size)};
  const double constant = -0.5 * (factor_.log_determinant() + size() * log_2_pi);
  std::vector<double> d(x.size);
  for (int i = 0; i < x.count; ++i) {
    for (int c = 0; c < x.size; ++c) d[c] = x.row(i)[c] - mean_[c];
    const std::vector<double> precise = factor_.solve(d);
    result.values[i] = constant;
    for (int c = 0; c < x.size; ++c) {
      result.values[i] -= 0.5 * d[c] * precise[c];
      result.gradients.row(i)[c] = -precise[c];
    }
  }
  return result;
}

Batch GaussianDensity::sample(int count, std::uint64_t seed, Purpose purpose, std::uint64_t first) const {
  Batch x = normal_batch(count, size(), seed, purpose, first);
  for (int i = 0; i < count; ++i) {
    const std::vector<double> correlated = apply(factor_.lower(), x.row(i));
    for (int c = 0; c < size(); ++c) x.row(i)[c] = mean_[c] + correlated[c];
  }
  return x;
}

DenseMatrix smooth_covariance(int size, double length, double nugget) {
  DenseMatrix covariance(size, size);
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j)
      covariance(i, j) = std::exp(-0.5 * (i - j) * (i - j) / (length * length)) + (i == j ? nugget : 0.0);
  return covariance;
}

}  // namespace bornflow
