#pragma once

#include <cstddef>
#include <vector>

#include "bornflow/base/random.hpp"

namespace bornflow {

/// A batch of vectors on the host, one a row: models, data, conditions or latents. What inference, likelihoods and flows
/// hand to each other.
struct Batch {
  int count = 0;  ///< rows
  int size = 0;   ///< numbers of a row
  std::vector<double> values;

  Batch() = default;
  Batch(int count_, int size_)
      : count(count_), size(size_), values(static_cast<std::size_t>(count_) * static_cast<std::size_t>(size_)) {}
  /// A batch of one row.
  explicit Batch(const std::vector<double>& row) : count(1), size(static_cast<int>(row.size())), values(row) {}

  double* row(int i) { return values.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(size); }
  const double* row(int i) const { return values.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(size); }
  /// Row i, or the only row of a batch of one, which holds for every i.
  const double* shared_row(int i) const { return row(count == 1 ? 0 : i); }
};

/// Rows [first, first + count).
Batch rows(const Batch& batch, int first, int count);
/// The rows with these numbers, in this order.
Batch rows(const Batch& batch, const std::vector<int>& numbers);
/// Rows (a_i, b_i).
Batch side_by_side(const Batch& a, const Batch& b);
/// Standard normal rows; row i is a function of (seed, purpose, first + i) alone.
Batch normal_batch(int count, int size, std::uint64_t seed, Purpose purpose, std::uint64_t first = 0);

/// Mean of each column.
std::vector<double> column_means(const Batch& batch);
/// Unbiased covariance (size, size) of the columns; two rows or more.
std::vector<double> column_covariance(const Batch& batch);

}  // namespace bornflow
