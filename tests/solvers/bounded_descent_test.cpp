#include "solvers/inversion/bounded_descent.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"
#include "solvers/inversion/gauss_newton.hpp"

namespace bornflow {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Rosenbrock times `unit`, whose minimum (1, 1) the box may cut off.
BoundedProblem rosenbrock(double upper_x, double unit) {
  return {[unit](const std::vector<double>& x, std::vector<double>& g) {
            const double a = x[1] - x[0] * x[0], b = 1 - x[0];
            g = {unit * (-400 * a * x[0] - 2 * b), unit * 200 * a};
            return unit * (100 * a * a + b * b);
          },
          {-infinity, -infinity}, {upper_x, infinity}};
}

bool go_on(const DescentStep&) { return true; }

}  // namespace

TEST(BoundedDescent, finds_the_minimum) {
  for (const double unit : {1.0, 1e-14}) {   // misfits can be tiny
    std::vector<double> x = {-1.2, 1};
    descend(rosenbrock(infinity, unit), 100, x, go_on);
    EXPECT_NEAR(x[0], 1, 1e-4) << unit;
    EXPECT_NEAR(x[1], 1, 1e-4) << unit;
  }
}

TEST(BoundedDescent, stays_in_the_box_and_finds_its_minimum) {
  std::vector<double> x = {-1.2, 1};
  auto problem = rosenbrock(0.6, 1);
  const auto inner = problem.evaluate;
  problem.evaluate = [&](const std::vector<double>& at, std::vector<double>& g) {
    EXPECT_LE(at[0], 0.6);
    return inner(at, g);
  };
  descend(problem, 100, x, go_on);
  EXPECT_NEAR(x[0], 0.6, 1e-9);
  EXPECT_NEAR(x[1], 0.36, 1e-5);
}

TEST(BoundedDescent, shows_the_start_and_falling_values) {
  std::vector<double> x = {-1.2, 1}, values;
  const auto end = descend(rosenbrock(infinity, 1e-9), 6, x, [&](const DescentStep& step) {
    EXPECT_EQ(step.iteration, static_cast<int>(values.size()));
    values.push_back(step.value);
    return true;
  });
  EXPECT_EQ(end, DescentEnd::all_iterations);
  ASSERT_EQ(values.size(), 7u);
  EXPECT_NEAR(values[0], 24.2e-9, 1e-15);
  for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LT(values[i], values[i - 1]);
}

TEST(BoundedDescent, stops_when_told) {
  std::vector<double> x = {-1.2, 1}, shown;
  const auto end = descend(rosenbrock(infinity, 1), 50, x, [&](const DescentStep& step) {
    shown = step.x;
    return step.iteration < 3;
  });
  EXPECT_EQ(end, DescentEnd::stopped);
  EXPECT_EQ(x, shown);
}

TEST(BoundedDescent, tells_that_nothing_can_be_gained) {
  std::vector<double> x = {1, 1};
  EXPECT_EQ(descend(rosenbrock(infinity, 1), 50, x, go_on), DescentEnd::no_decrease);
}

// As at the rounding level of a misfit: the gradient promises what no step gives. Each evaluation is two waves a shot.
TEST(BoundedDescent, gives_up_soon_where_no_step_helps) {
  int calls = 0;
  const BoundedProblem problem{[&](const std::vector<double>& at, std::vector<double>& g) {
                                 ++calls;
                                 g = {1, 1};
                                 return at == std::vector<double>{2, 2} ? 1.0 : 1.1;
                               },
                               {-infinity, -infinity}, {infinity, infinity}};
  std::vector<double> x = {2, 2};
  EXPECT_EQ(descend(problem, 50, x, go_on), DescentEnd::no_decrease);
  EXPECT_EQ(x, (std::vector<double>{2, 2}));
  EXPECT_LE(calls, 25);
}

TEST(BoundedDescent, lets_exceptions_out) {
  std::vector<double> x = {-1.2, 1};
  int calls = 0;
  auto problem = rosenbrock(infinity, 1);
  problem.evaluate = [&](const std::vector<double>&, std::vector<double>&) -> double {
    if (++calls == 1) throw IoError("the disk of the test");
    return 0;
  };
  EXPECT_THROW(descend(problem, 10, x, go_on), IoError);
  EXPECT_THROW(descend(rosenbrock(infinity, 1), 10, x, [](const DescentStep& s) -> bool {
                 if (s.iteration == 2) throw UserError("enough");
                 return true;
               }),
               UserError);
  problem.evaluate = [](const std::vector<double>&, std::vector<double>& g) {
    g = {0, 0};
    return std::nan("");
  };
  EXPECT_THROW(descend(problem, 10, x, go_on), NumericalError);
  x = {-1.2, 1};
  descend(rosenbrock(infinity, 1), 100, x, go_on);   // PETSc is as good as before
  EXPECT_NEAR(x[0], 1, 1e-4);
}

TEST(ConjugateGradients, solve_a_small_system_exactly) {
  const auto apply = [](const std::vector<double>& x) {
    return std::vector<double>{4 * x[0] + x[1], x[0] + 3 * x[1] + x[2], x[1] + 2 * x[2]};
  };
  const auto x = conjugate_gradients(apply, {1, 2, 3}, 3);
  const auto b = apply(x);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(b[static_cast<std::size_t>(i)], i + 1, 1e-12);
  EXPECT_EQ(conjugate_gradients(apply, {0, 0, 0}, 3), (std::vector<double>{0, 0, 0}));
  EXPECT_THROW(conjugate_gradients([](const std::vector<double>&) -> std::vector<double> { throw IoError("gone"); },
                                   {1, 2, 3}, 3),
               IoError);
}

}  // namespace bornflow
