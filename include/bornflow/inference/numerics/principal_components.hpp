#pragma once

#include <cstdint>
#include <vector>

namespace bornflow {

/// Leading principal components of a sample.
struct PrincipalComponents {
  std::vector<float> mean;        ///< (size)
  std::vector<float> components;  ///< (k, size), orthonormal rows
  std::vector<double> variances;  ///< (k), divisor n - 1, descending
};

/// Components of n samples (n, size) with n much smaller than size: the leading eigenvectors u of the Gram matrix
/// X X^T (n, n) by subspace iteration with a Rayleigh-Ritz step give the components X^T u / sqrt(eigenvalue). At most
/// `count`; components below 1e-10 of the first variance are left out. Work: n^2 size / 2 multiply-adds. Deterministic.
PrincipalComponents principal_components(const float* samples, std::int64_t n, std::size_t size, int count);

/// Eigenvalues (descending) and eigenvectors (rows) of the symmetric matrix (n, n), by cyclic Jacobi rotations.
void symmetric_eigenvectors(std::vector<double> matrix, int n, std::vector<double>& values, std::vector<double>& vectors);

}  // namespace bornflow
