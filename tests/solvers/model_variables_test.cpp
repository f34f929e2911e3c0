#include "solvers/inversion/model_variables.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

Grid grid_of(int nx, int nz) {
  Grid grid;
  grid.nx = nx, grid.nz = nz;
  grid.dx = 10, grid.dz = 7;
  return grid;
}

std::vector<double> positive(std::size_t size, std::uint64_t item) {
  auto values = test::random_values<double>(size, item);
  for (double& value : values) value = 0.3 + std::abs(value);
  return values;
}

}  // namespace

TEST(SymmetricSmoother, is_its_own_transpose) {
  for (const double length : {12.0, 60.0, 400.0}) {   // the last one is as wide as the grid
    const Grid grid = grid_of(31, 23);
    const SymmetricSmoother smoother(grid, length);
    const auto x = test::random_values<double>(grid.size(), 1), y = test::random_values<double>(grid.size(), 2);
    auto sx = x, sy = y;
    smoother.apply(sx);
    smoother.apply(sy);
    EXPECT_NEAR(test::dot(sx, y), test::dot(x, sy), 1e-13 * test::norm(x) * test::norm(y)) << length;
    EXPECT_LT(test::norm(sx), 0.8 * test::norm(x)) << length;
  }
}

TEST(SymmetricSmoother, keeps_constants_and_the_sum) {
  const Grid grid = grid_of(20, 17);
  const SymmetricSmoother smoother(grid, 35);
  std::vector<double> ones(grid.size(), 1.0), x = test::random_values<double>(grid.size(), 4);
  double sum = 0, smoothed_sum = 0;
  for (const double value : x) sum += value;
  smoother.apply(ones);
  smoother.apply(x);
  for (const double value : ones) EXPECT_NEAR(value, 1, 1e-14);
  for (const double value : x) smoothed_sum += value;
  EXPECT_NEAR(smoothed_sum, sum, 1e-12);
}

// Away from the edges, the spread of a point is the Gaussian that was asked for, cut at three standard deviations.
TEST(SymmetricSmoother, has_the_width_that_was_asked_for) {
  const Grid grid = grid_of(81, 1);
  const SymmetricSmoother smoother(grid, 50);
  std::vector<double> point(grid.size(), 0.0);
  point[40] = 1;
  smoother.apply(point);
  double variance = 0;
  for (int i = 0; i < 81; ++i) variance += point[static_cast<std::size_t>(i)] * std::pow(10.0 * (i - 40), 2);
  EXPECT_NEAR(std::sqrt(variance), 50, 0.02 * 50);
}

TEST(SymmetricSmoother, of_length_zero_changes_nothing) {
  const Grid grid = grid_of(9, 8);
  auto x = test::random_values<double>(grid.size(), 1);
  const auto before = x;
  SymmetricSmoother(grid, 0).apply(x);
  EXPECT_EQ(x, before);
}

TEST(ModelVariables, change_and_gradient_are_transposes) {
  const Grid grid = grid_of(24, 19);
  const SymmetricSmoother smoother(grid, 22);
  std::vector<float> mask(grid.size(), 1.0f);
  freeze_rim(grid, mask);
  const ModelVariables variables(positive(grid.size(), 1), mask, smoother, positive(grid.size(), 2));
  const auto y = test::random_values<double>(grid.size(), 3), g = test::random_values<double>(grid.size(), 4);
  const auto py = variables.change(y), ptg = variables.gradient(g);
  EXPECT_NEAR(test::dot(py, g), test::dot(y, ptg), 1e-13 * test::norm(py) * test::norm(g));
}

// The corners of the box are the worst that an optimiser can do.
TEST(ModelVariables, stay_within_the_bounds_in_every_corner_of_the_box) {
  const Grid grid = grid_of(30, 26);
  const SymmetricSmoother smoother(grid, 25);
  std::vector<float> mask(grid.size(), 1.0f);
  freeze_rim(grid, mask);
  std::vector<double> start;
  for (std::size_t i = 0; i < grid.size(); ++i) start.push_back(mask[i] == 0 ? 5.0 : 0.2 + 0.1 * std::sin(0.05 * i));
  const ModelVariables variables(start, mask, smoother, positive(grid.size(), 2));
  const double low = 0.08, high = 0.33;
  const auto bounds = variables.bounds(low, high);
  RandomStream random(5, Purpose::test, 1);
  double lowest = 1, highest = 0;
  for (int corner = 0; corner < 4; ++corner) {
    std::vector<double> y(grid.size(), 0.0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const bool is_low = corner == 0 || (corner > 1 && random.uniform() < 0.5);
      const double bound = is_low ? bounds.lower[i] : bounds.upper[i];
      if (std::isfinite(bound)) y[i] = bound;
    }
    const auto m = variables.model(y);
    for (std::size_t i = 0; i < m.size(); ++i) {
      if (mask[i] == 0) {
        EXPECT_EQ(m[i], 5.0);
        continue;
      }
      lowest = std::min(lowest, m[i]), highest = std::max(highest, m[i]);
    }
  }
  EXPECT_GE(lowest, low - 1e-14);
  EXPECT_LE(highest, high + 1e-14);
  EXPECT_LT(lowest, low + 0.03) << "the box must not be needlessly small";
  EXPECT_GT(highest, high - 0.03);
}

TEST(ModelVariables, scale_by_the_illumination) {
  const std::vector<float> mask = {0, 1, 1, 1};
  const auto scaling = illumination_scaling({100, 1, 1, 4}, mask);
  EXPECT_GT(scaling[1], scaling[3]);
  EXPECT_NEAR(scaling[1], 1 / std::sqrt(1.0 / 2 + 0.05), 1e-14);
  EXPECT_THROW(illumination_scaling({100, 0, 0, 0}, mask), NumericalError);
}

}  // namespace bornflow
