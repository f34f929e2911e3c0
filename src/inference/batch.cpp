#include "bornflow/inference/batch.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"

namespace bornflow {

Batch rows(const Batch& batch, int first, int count) {
  BORNFLOW_REQUIRE(first >= 0 && count >= 0 && first + count <= batch.count, "rows outside the batch");
  Batch part(count, batch.size);
  std::copy_n(batch.row(first), part.values.size(), part.values.begin());
  return part;
}

Batch rows(const Batch& batch, const std::vector<int>& numbers) {
  Batch part(static_cast<int>(numbers.size()), batch.size);
  for (int i = 0; i < part.count; ++i) std::copy_n(batch.row(numbers[i]), batch.size, part.row(i));
  return part;
}

Batch side_by_side(const Batch& a, const Batch& b) {
  BORNFLOW_REQUIRE(a.count == b.count, "batches of different length");
  Batch both(a.count, a.size + b.size);
  for (int i = 0; i < a.count; ++i) {
    std::copy_n(a.row(i), a.size, both.row(i));
    std::copy_n(b.row(i), b.size, both.row(i) + a.size);
  }
  return both;
}

Batch normal_batch(int count, int size, std::uint64_t seed, Purpose purpose, std::uint64_t first) {
  Batch batch(count, size);
  for (int i = 0; i < count; ++i) {
    RandomStream stream(seed, purpose, first + static_cast<std::uint64_t>(i));
    for (int c = 0; c < size; ++c) batch.row(i)[c] = stream.normal();
  }
  return batch;
}

std::vector<double> column_means(const Batch& batch) {
  BORNFLOW_REQUIRE(batch.count > 0, "no rows have no mean");
  std::vector<double> mean(batch.size);
  for (int i = 0; i < batch.count; ++i)
    for (int c = 0; c < batch.size; ++c) mean[c] += batch.row(i)[c];
  for (double& m : mean) m /= batch.count;
  return mean;
}

std::vector<double> column_covariance(const Batch& batch) {
  BORNFLOW_REQUIRE(batch.count > 1, "a covariance needs two rows");
  const std::vector<double> mean = column_means(batch);
  std::vector<double> covariance(static_cast<std::size_t>(batch.size) * batch.size), d(batch.size);
  for (int i = 0; i < batch.count; ++i) {
    for (int c = 0; c < batch.size; ++c) d[c] = batch.row(i)[c] - mean[c];
    for (int r = 0; r < batch.size; ++r)
      for (int c = 0; c < batch.size; ++c) covariance[r * batch.size + c] += d[r] * d[c];
  }
  for (double& value : covariance) value /= batch.count - 1;
  return covariance;
}

}  // namespace bornflow
