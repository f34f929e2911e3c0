#include "bornflow/inference/numerics/principal_components.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

constexpr int extra_directions = 8;  // speed the convergence of the wanted ones
constexpr int max_iterations = 300;
constexpr double convergence = 1e-7;  // change of the wanted eigenvalues, relative to the first
constexpr double negligible = 1e-10;

// Eight running sums: in this fixed order for every compiler, and vectorised without -ffast-math.
double dot(const float* a, const float* b, std::size_t size) {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8)
    for (int k = 0; k < 8; ++k) sums[k] += double(a[i + k]) * b[i + k];
  for (; i < size; ++i) sums[0] += double(a[i]) * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// Rows of `basis` (m, n) made orthonormal by modified Gram-Schmidt, twice; a row that vanishes becomes zero.
void orthonormalise(std::vector<double>& basis, int m, int n) {
  for (int row = 0; row < m; ++row) {
    double* v = &basis[static_cast<std::size_t>(row) * n];
    const double before = std::sqrt(std::inner_product(v, v + n, v, 0.0));
    for (int pass = 0; pass < 2; ++pass)
      for (int other = 0; other < row; ++other) {
        const double* w = &basis[static_cast<std::size_t>(other) * n];
        const double overlap = std::inner_product(v, v + n, w, 0.0);
        for (int i = 0; i < n; ++i) v[i] -= overlap * w[i];
      }
    const double norm = std::sqrt(std::inner_product(v, v + n, v, 0.0));
    for (int i = 0; i < n; ++i) v[i] = norm > 1e-13 * before ? v[i] / norm : 0.0;
  }
}

// product (m, n) = basis (m, n) * matrix (n, n), the matrix symmetric.
std::vector<double> multiply(const std::vector<double>& basis, const std::vector<double>& matrix, int m, int n) {
  std::vector<double> product(basis.size(), 0.0);
  for (int row = 0; row < m; ++row)
    for (int j = 0; j < n; ++j) {
      const double factor = basis[static_cast<std::size_t>(row) * n + j];
      const double* line = &matrix[static_cast<std::size_t>(j) * n];
      for (int i = 0; i < n; ++i) product[static_cast<std::size_t>(row) * n + i] += factor * line[i];
    }
  return product;
}

// Leading eigenpairs of a positive semi-definite matrix: the rows of `basis` become eigenvectors.
std::vector<double> leading_eigenvectors(const std::vector<double>& matrix, int n, int wanted, std::vector<double>& basis) {
  const int m = std::min(n, wanted + extra_directions);
  basis.resize(static_cast<std::size_t>(m) * n);
  RandomStream random(1, Purpose::validation, 0, 2);  // only a start: any full set of directions leads to the same place
  for (double& value : basis) value = random.normal();
  std::vector<double> values(m, 0.0), previous, small(static_cast<std::size_t>(m) * m), rotation;
  for (int iteration = 0; iteration < max_iterations; ++iteration) {
    orthonormalise(basis, m, n);
    const auto image = multiply(basis, matrix, m, n);
    for (int a = 0; a < m; ++a)
      for (int b = 0; b < m; ++b)
        small[a * m + b] = std::inner_product(basis.data() + a * n, basis.data() + (a + 1) * n, image.data() + b * n, 0.0);
    previous = values;
    symmetric_eigenvectors(small, m, values, rotation);
    // Rayleigh-Ritz: the best vectors inside the subspace, already multiplied once by the matrix.
    std::vector<double> rotated(basis.size(), 0.0), ritz(basis.size(), 0.0);
    for (int a = 0; a < m; ++a)
      for (int b = 0; b < m; ++b)
        for (int i = 0; i < n; ++i) {
          rotated[static_cast<std::size_t>(a) * n + i] += rotation[a * m + b] * image[static_cast<std::size_t>(b) * n + i];
          ritz[static_cast<std::size_t>(a) * n + i] += rotation[a * m + b] * basis[static_cast<std::size_t>(b) * n + i];
        }
    double change = 0;
    for (int k = 0; k < std::min(wanted, m); ++k) change = std::max(change, std::abs(values[k] - previous[k]));
    basis = change <= convergence * values[0] ? ritz : rotated;
    if (change <= convergence * values[0]) break;
    if (iteration + 1 == max_iterations) basis = ritz;
  }
  return values;
}

}  // namespace

void symmetric_eigenvectors(std::vector<double> a, int n, std::vector<double>& values, std::vector<double>& vectors) {
  std::vector<double> v(static_cast<std::size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i) v[i * n + i] = 1;
  double total = 0;
  for (double value : a) total += value * value;
  for (int sweep = 0; sweep < 50; ++sweep) {
    double off_diagonal = 0;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) off_diagonal += a[p * n + q] * a[p * n + q];
    if (off_diagonal <= 1e-30 * total) break;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) {
        if (a[p * n + q] == 0) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const double t = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < n; ++k) {
          const double kp = a[k * n + p], kq = a[k * n + q];
          a[k * n + p] = c * kp - s * kq;
          a[k * n + q] = s * kp + c * kq;
        }
        for (int k = 0; k < n; ++k) {
          const double pk = a[p * n + k], qk = a[q * n + k], vp = v[p * n + k], vq = v[q * n + k];
          a[p * n + k] = c * pk - s * qk;
          a[q * n + k] = s * pk + c * qk;
          v[p * n + k] = c * vp - s * vq;
          v[q * n + k] = s * vp + c * vq;
        }
      }
  }
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return a[i * n + i] > a[j * n + j]; });
  values.resize(n);
  vectors.resize(v.size());
  for (int i = 0; i < n; ++i) {
    values[i] = a[order[i] * n + order[i]];
    std::copy_n(&v[order[i] * n], n, &vectors[i * n]);
  }
}

PrincipalComponents principal_components(const float* samples, std::int64_t n_samples, std::size_t size, int count) {
  BORNFLOW_REQUIRE(n_samples >= 2 && size > 0 && count > 0, "components of fewer than two samples");
  const int n = static_cast<int>(n_samples);
  std::vector<double> mean(size, 0.0);
  for (int s = 0; s < n; ++s)
    for (std::size_t i = 0; i < size; ++i) mean[i] += samples[s * size + i] / static_cast<double>(n);
  std::vector<float> centred(static_cast<std::size_t>(n) * size);
  for (int s = 0; s < n; ++s)
    for (std::size_t i = 0; i < size; ++i) centred[s * size + i] = static_cast<float>(samples[s * size + i] - mean[i]);

  std::vector<double> gram(static_cast<std::size_t>(n) * n);
  for (int a = 0; a < n; ++a)
    for (int b = 0; b <= a; ++b)
      gram[static_cast<std::size_t>(a) * n + b] = gram[static_cast<std::size_t>(b) * n + a] =
          dot(&centred[a * size], &centred[b * size], size);

  std::vector<double> basis;
  const auto eigenvalues = leading_eigenvectors(gram, n, count, basis);
  PrincipalComponents result;
  result.mean.assign(mean.begin(), mean.end());
  std::vector<double> component(size);
  for (int k = 0; k < std::min<int>(count, static_cast<int>(eigenvalues.size())); ++k) {
    if (!(eigenvalues[k] > negligible * eigenvalues[0]) || eigenvalues[k] <= 0) break;
    std::fill(component.begin(), component.end(), 0.0);
    for (int s = 0; s < n; ++s) {
      const double weight = basis[static_cast<std::size_t>(k) * n + s] / std::sqrt(eigenvalues[k]);
      for (std::size_t i = 0; i < size; ++i) component[i] += weight * centred[s * size + i];
    }
    result.components.insert(result.components.end(), component.begin(), component.end());
    result.variances.push_back(eigenvalues[k] / (n - 1));
  }
  return result;
}

}  // namespace bornflow
