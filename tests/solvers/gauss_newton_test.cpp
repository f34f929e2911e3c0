#include "solvers/inversion/gauss_newton.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/world.hpp"
#include "tests/solvers/inversion_problem.hpp"

/// The length of a Gauss-Newton step.
namespace bornflow {

namespace {

struct Taken {
  DescentStep before, step;
  double value;            // of the misfit where the step ends ...
  double of_double_step;   // ... and twice as far
};

/// One step from the start towards a lens, with white noise in the data, in parts of their largest value.
Taken first_step(double lens_height, double noise) {
  const Communicator self = test::world().split(test::world().rank());
  InversionProblem problem = test::lens_problem(self, 2);
  test::simulate(problem, test::lens(problem, lens_height));
  double largest = 0;
  for (const float value : problem.traces) largest = std::max<double>(largest, std::abs(value));
  const auto white = test::random_values<float>(problem.traces.size(), 3);
  for (std::size_t i = 0; i < white.size(); ++i) problem.traces[i] += static_cast<float>(noise * largest * white[i]);

  WaveformMisfit<float> misfit(self, problem.setup, problem.shots, problem.traces);
  const SymmetricSmoother smoother(problem.setup.subdomain.global, 20);
  const ModelVariables variables(problem.start, problem.setup.mask, smoother, std::vector<double>(problem.start.size(), 1.0));
  const double lowest = 1e6 / (3200.0 * 3200), highest = 1e6 / (1000.0 * 1000);   // [s2/km2]
  std::vector<double> model = problem.start, further = problem.start;
  Taken taken;
  taken.step = gauss_newton_step(misfit, variables, {20, lowest, highest}, model, taken.before);
  for (std::size_t i = 0; i < model.size(); ++i) further[i] = std::clamp(2 * model[i] - problem.start[i], lowest, highest);
  taken.value = misfit.value(model);
  taken.of_double_step = misfit.value(further);
  return taken;
}

}  // namespace

TEST(GaussNewton, takes_the_whole_step_where_the_waves_are_nearly_linear) {
  const Taken taken = first_step(-0.01, 0);
  EXPECT_EQ(taken.step.length, 1);
  EXPECT_EQ(taken.step.value, taken.value);
  EXPECT_LT(taken.value, 0.02 * taken.before.value);
}

// What fits noise is large and far from linear. Armijo's rule asks for a ten-thousandth of the slope's decrease, which is
// at most twice the misfit.
TEST(GaussNewton, halves_the_step_until_the_misfit_decreases) {
  const Taken taken = first_step(-0.03, 1);
  EXPECT_LT(taken.step.length, 1);
  EXPECT_GE(taken.step.length, 1.0 / 64);
  EXPECT_EQ(taken.step.value, taken.value);
  EXPECT_LT(taken.value, taken.before.value);
  EXPECT_GE(taken.of_double_step, taken.before.value * (1 - 4e-4 * taken.step.length));
}

}  // namespace bornflow
