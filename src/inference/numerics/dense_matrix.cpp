#include "bornflow/inference/numerics/dense_matrix.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

DenseMatrix DenseMatrix::identity(int size) {
  DenseMatrix one(size, size);
  for (int i = 0; i < size; ++i) one(i, i) = 1;
  return one;
}

DenseMatrix transposed(const DenseMatrix& a) {
  DenseMatrix t(a.columns, a.rows);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) t(j, i) = a(i, j);
  return t;
}

DenseMatrix product(const DenseMatrix& a, const DenseMatrix& b) {
  BORNFLOW_REQUIRE(a.columns == b.rows, "matrices that cannot be multiplied");
  DenseMatrix c(a.rows, b.columns);
  for (int i = 0; i < a.rows; ++i)
    for (int k = 0; k < a.columns; ++k)
      for (int j = 0; j < b.columns; ++j) c(i, j) += a(i, k) * b(k, j);
  return c;
}

std::vector<double> apply(const DenseMatrix& a, const double* x) {
  std::vector<double> y(a.rows);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) y[i] += a(i, j) * x[j];
  return y;
}

std::vector<double> apply_transposed(const DenseMatrix& a, const double* y) {
  std::vector<double> x(a.columns);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) x[j] += a(i, j) * y[i];
  return x;
}

double spectral_norm(const DenseMatrix& a) {
  std::vector<double> x(a.columns);
  for (int j = 0; j < a.columns; ++j) x[j] = 1.0 / (j + 1);  // no special direction of any matrix in use
  double norm = 0;
  for (int iteration = 0; iteration < 100000; ++iteration) {
    const std::vector<double> y = apply(a, x.data());
    x = apply_transposed(a, y.data());
    double length = 0;
    for (double value : x) length += value * value;
    length = std::sqrt(length);
    if (length == 0) return 0;
    for (double& value : x) value /= length;
    if (std::abs(length - norm) <= 1e-15 * length) return std::sqrt(length);
    norm = length;
  }
  return std::sqrt(norm);
}

DenseMatrix orthonormal_columns(const DenseMatrix& a) {
  DenseMatrix q = a;
  for (int j = 0; j < q.columns; ++j) {
    for (int pass = 0; pass < 2; ++pass)  // once loses orthogonality where columns are nearly dependent
      for (int k = 0; k < j; ++k) {
        double dot = 0;
        for (int i = 0; i < q.rows; ++i) dot += q(i, k) * q(i, j);
        for (int i = 0; i < q.rows; ++i) q(i, j) -= dot * q(i, k);
      }
    double length = 0;
    for (int i = 0; i < q.rows; ++i) length += q(i, j) * q(i, j);
    length = std::sqrt(length);
    BORNFLOW_REQUIRE(length > 0, "the columns depend on each other");
    for (int i = 0; i < q.rows; ++i) q(i, j) /= length;
  }
  return q;
}

Cholesky::Cholesky(const DenseMatrix& a) : lower_(a.rows, a.rows) {
  BORNFLOW_REQUIRE(a.rows == a.columns, "only square matrices have a Cholesky factor");
  for (int j = 0; j < a.rows; ++j)
    for (int i = j; i < a.rows; ++i) {
      double sum = a(i, j);
      for (int k = 0; k < j; ++k) sum -= lower_(i, k) * lower_(j, k);
      if (i == j && !(sum > 0)) throw NumericalError("a covariance or precision matrix is not positive definite");
      lower_(i, j) = i == j ? std::sqrt(sum) : sum / lower_(j, j);
    }
}

std::vector<double> Cholesky::solve_lower(std::vector<double> b) const {
  for (int i = 0; i < lower_.rows; ++i) {
    for (int k = 0; k < i; ++k) b[i] -= lower_(i, k) * b[k];
    b[i] /= lower_(i, i);
  }
  return b;
}

std::vector<double> Cholesky::solve(std::vector<double> b) const {
  b = solve_lower(std::move(b));
  for (int i = lower_.rows - 1; i >= 0; --i) {
    for (int k = i + 1; k < lower_.rows; ++k) b[i] -= lower_(k, i) * b[k];
    b[i] /= lower_(i, i);
  }
  return b;
}

DenseMatrix Cholesky::inverse() const {
  DenseMatrix result(lower_.rows, lower_.rows);
  for (int j = 0; j < lower_.rows; ++j) {
    std::vector<double> unit(lower_.rows);
    unit[j] = 1;
    const std::vector<double> column = solve(unit);
    for (int i = 0; i < lower_.rows; ++i) result(i, j) = column[i];
  }
  return result;
}

double Cholesky::log_determinant() const {
  double sum = 0;
  for (int i = 0; i < lower_.rows; ++i) sum += 2 * std::log(lower_(i, i));
  return sum;
}

}  // namespace bornflow
