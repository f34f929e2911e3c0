#include "bornflow/inference/numerics/mean_discrepancy.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// Columns of a batch, each contiguous: loops over the rows then run in vectors.
struct Columns {
  int count, size;
  std::vector<float> values;
  explicit Columns(const Batch& batch)
      : count(batch.count), size(batch.size), values(batch.values.size()) {
    for (int i = 0; i < count; ++i)
      for (int c = 0; c < size; ++c) values[static_cast<std::size_t>(c) * count + i] = static_cast<float>(batch.row(i)[c]);
  }
  const float* column(int c) const { return values.data() + static_cast<std::size_t>(c) * count; }
};

/// Squared distances of one point from all rows.
void squared_distances(const Columns& b, const double* point, std::vector<float>& distances) {
  distances.assign(b.count, 0.0f);
  float* __restrict__ d2 = distances.data();
  for (int c = 0; c < b.size; ++c) {
    const float at = static_cast<float>(point[c]);
    const float* __restrict__ values = b.column(c);
#pragma omp simd
    for (int j = 0; j < b.count; ++j) d2[j] += (at - values[j]) * (at - values[j]);
  }
}

/// Sum of the kernel over all distances.
double kernel_sum(const std::vector<float>& distances, const std::vector<double>& widths) {
  double total = 0;
  const int n = static_cast<int>(distances.size());
  const float* __restrict__ d2 = distances.data();
  for (const double width : widths) {
    const float h2 = static_cast<float>(width * width);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; ++j) sum += h2 / (h2 + d2[j]);
    total += sum;
  }
  return total;
}

/// The same, and slopes_j = -dk/d(squared distance).
double kernel_slopes(const std::vector<float>& distances, const std::vector<double>& widths, std::vector<float>& slopes) {
  double total = 0;
  const int n = static_cast<int>(distances.size());
  slopes.assign(distances.size(), 0.0f);
  const float* __restrict__ d2 = distances.data();
  float* __restrict__ s = slopes.data();
  for (const double width : widths) {
    const float h2 = static_cast<float>(width * width), per_h2 = 1 / h2;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; ++j) {
      const float k = h2 / (h2 + d2[j]);
      sum += k;
      s[j] += k * k * per_h2;
    }
    total += sum;
  }
  return total;
}

/// gradient_c += factor * sum_j slopes_j (point_c - b_jc).
void add_pull(const Columns& b, const double* point, const std::vector<float>& slopes, double factor, int columns,
              double* gradient) {
  const float* __restrict__ s = slopes.data();
  for (int c = 0; c < columns; ++c) {
    const float at = static_cast<float>(point[c]);
    const float* __restrict__ values = b.column(c);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < b.count; ++j) sum += s[j] * (at - values[j]);
    gradient[c] += factor * sum;
  }
}

enum class SampleSets { same, different };

double mean_kernel(const Batch& a, const Columns& b, const std::vector<double>& widths, SampleSets sets) {
  std::vector<float> distances;
  double sum = 0;
  for (int i = 0; i < a.count; ++i) {
    squared_distances(b, a.row(i), distances);
    sum += kernel_sum(distances, widths);
  }
  if (sets == SampleSets::different) return sum / (static_cast<double>(a.count) * b.count);
  // k(a, a) = 1 for each width.
  return (sum - static_cast<double>(a.count) * widths.size()) / (static_cast<double>(a.count) * (a.count - 1));
}

}  // namespace

double squared_discrepancy(const Batch& a, const Batch& b, const std::vector<double>& widths) {
  BORNFLOW_REQUIRE(a.size == b.size && a.count > 1 && b.count > 1, "two batches of rows of one size");
  const Columns columns_a(a), columns_b(b);
  return mean_kernel(a, columns_a, widths, SampleSets::same) + mean_kernel(b, columns_b, widths, SampleSets::same) -
         2 * mean_kernel(a, columns_b, widths, SampleSets::different);
}

DiscrepancyGradient discrepancy_gradient(const Batch& a, const Batch& b, const std::vector<double>& widths, int columns) {
  BORNFLOW_REQUIRE(a.size == b.size && a.count > 0 && b.count > 0 && columns <= a.size, "two batches of rows of one size");
  DiscrepancyGradient result;
  result.gradient = Batch(a.count, columns);
  const Columns columns_a(a), columns_b(b);
  const double own = 1.0 / (static_cast<double>(a.count) * a.count), other = 1.0 / (static_cast<double>(a.count) * b.count);
  std::vector<float> distances, slopes;
  for (int i = 0; i < a.count; ++i) {
    // d k(a_i, a_j) / d a_i = -2 slope (a_i - a_j); a_i is in two of the terms.
    squared_distances(columns_a, a.row(i), distances);
    result.value += own * kernel_slopes(distances, widths, slopes);
    add_pull(columns_a, a.row(i), slopes, -4 * own, columns, result.gradient.row(i));
    squared_distances(columns_b, a.row(i), distances);
    result.value -= 2 * other * kernel_slopes(distances, widths, slopes);
    add_pull(columns_b, a.row(i), slopes, 4 * other, columns, result.gradient.row(i));
  }
  return result;
}

}  // namespace bornflow
