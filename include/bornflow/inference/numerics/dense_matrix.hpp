#pragma once

#include <cstddef>
#include <vector>

namespace bornflow {

/// A small dense matrix, by rows: the operators and covariances of problems that are solved in closed form.
struct DenseMatrix {
  int rows = 0, columns = 0;
  std::vector<double> values;

  DenseMatrix() = default;
  DenseMatrix(int rows_, int columns_)
      : rows(rows_), columns(columns_), values(static_cast<std::size_t>(rows_) * columns_) {}
  static DenseMatrix identity(int size);
  double& operator()(int i, int j) { return values[static_cast<std::size_t>(i) * columns + j]; }
  double operator()(int i, int j) const { return values[static_cast<std::size_t>(i) * columns + j]; }
};

DenseMatrix transposed(const DenseMatrix& a);
DenseMatrix product(const DenseMatrix& a, const DenseMatrix& b);
/// A x, for x with a.columns numbers.
std::vector<double> apply(const DenseMatrix& a, const double* x);
/// A^T y, for y with a.rows numbers.
std::vector<double> apply_transposed(const DenseMatrix& a, const double* y);
/// Largest singular value, by power iteration to rounding.
double spectral_norm(const DenseMatrix& a);
/// Orthonormal columns with the span of a's columns (modified Gram-Schmidt, twice); a has full column rank.
DenseMatrix orthonormal_columns(const DenseMatrix& a);

/// The Cholesky factor L of a symmetric positive definite matrix, A = L L^T. NumericalError when it is not.
class Cholesky {
public:
  explicit Cholesky(const DenseMatrix& a);
  const DenseMatrix& lower() const { return lower_; }
  std::vector<double> solve(std::vector<double> b) const;        ///< A^-1 b
  std::vector<double> solve_lower(std::vector<double> b) const;  ///< L^-1 b
  DenseMatrix inverse() const;
  double log_determinant() const;  ///< of A

private:
  DenseMatrix lower_;
};

}  // namespace bornflow
