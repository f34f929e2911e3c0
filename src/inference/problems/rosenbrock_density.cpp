#include "bornflow/inference/problems/rosenbrock_density.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {
constexpr double pi = 3.14159265358979323846;
}

std::vector<double> RosenbrockDensity::log_values(const Batch& x) const {
  BORNFLOW_REQUIRE(x.size == 2, "the Rosenbrock density is one of two numbers");
  std::vector<double> values(x.count);
  for (int i = 0; i < x.count; ++i) {
    const double d1 = x.row(i)[0] - mu_, d2 = x.row(i)[1] - x.row(i)[0] * x.row(i)[0];
    values[i] = -a_ * d1 * d1 - b_ * d2 * d2 + std::log(std::sqrt(a_ * b_) / pi);
  }
  return values;
}

LogValues RosenbrockDensity::with_gradients(const Batch& x) const {
  LogValues result{log_values(x), Batch(x.count, 2)};
  for (int i = 0; i < x.count; ++i) {
    const double x1 = x.row(i)[0], d2 = x.row(i)[1] - x1 * x1;
    result.gradients.row(i)[0] = -2 * a_ * (x1 - mu_) + 4 * b_ * d2 * x1;
    result.gradients.row(i)[1] = -2 * b_ * d2;
  }
  return result;
}

Batch RosenbrockDensity::sample(int count, std::uint64_t seed, std::uint64_t first) const {
  Batch x = normal_batch(count, 2, seed, Purpose::prior, first);
  for (int i = 0; i < count; ++i) {
    double* row = x.row(i);
    row[0] = mu_ + row[0] / std::sqrt(2 * a_);
    row[1] = row[0] * row[0] + row[1] / std::sqrt(2 * b_);
  }
  return x;
}

}  // namespace bornflow
