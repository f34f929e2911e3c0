#include "solvers/inversion/waveform_misfit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "solvers/survey/source_encoding.hpp"
#include "support/world.hpp"
#include "tests/solvers/inversion_problem.hpp"

namespace bornflow {

namespace {

/// Slope of |f(y + h d) - f(y) - h <g, d>| in h, with everything on that a run can switch on: mute, frozen rim, smoothing,
/// illumination, low-pass, encodings; d is drawn without looking at the gradient.
template <class T>
double misfit_slope(double largest_step) {
  const Communicator self = test::world().split(test::world().rank());
  InversionProblem problem = test::lens_problem(self, 3);
  problem.setup.acquisition.encodings = gaussian_encodings(5, 2, 3);
  problem.shots = {0, 2};
  test::simulate(problem, test::lens(problem));
  problem.setup.acquisition.low_pass = 9;
  WaveformMisfit<T> misfit(self, problem.setup, problem.shots, problem.traces);
  const SymmetricSmoother smoother(problem.setup.subdomain.global, 14);
  const ModelVariables variables(problem.start, problem.setup.mask, smoother,
                                 illumination_scaling(misfit.illumination(problem.start), problem.setup.mask));

  std::vector<double> g;
  const double value = misfit.value_and_gradient(problem.start, g);
  const std::vector<double> gradient = variables.gradient(g);
  // Bumps from a generator that knows nothing of the data.
  std::vector<double> direction(gradient.size(), 0.0);
  RandomStream random(11, Purpose::test, 3);
  for (int k = 0; k < 10; ++k) {
    const auto one = test::bump(problem.setup.subdomain.global, random.uniform(0, 390), random.uniform(0, 315), 25, random.normal());
    for (std::size_t i = 0; i < one.size(); ++i) direction[i] += one[i];
  }
  double most = 0;
  for (const double change : variables.change(direction)) most = std::max(most, std::abs(change));

  std::vector<double> remainders;
  for (int k = 0; k < 3; ++k) {
    const double h = largest_step / most * std::pow(0.5, k);
    std::vector<double> y(direction);
    for (double& v : y) v *= h;
    const double moved = misfit.value(variables.model(y));
    remainders.push_back(std::abs(moved - value - test::dot(gradient, y)));
    std::printf("h = %.3e: f %.10e, change %.3e, remainder %.3e\n", h, moved, moved - value, remainders.back());
  }
  return std::log2(remainders[1] / remainders[2]);
}

}  // namespace

TEST(WaveformMisfit, has_an_exact_gradient_in_double) { EXPECT_NEAR(misfit_slope<double>(0.01), 2.0, 0.06); }

// In single precision a step that is small enough for the series is near the rounding of f: measured 1.9 to 2.1.
TEST(WaveformMisfit, has_an_exact_gradient_in_single) { EXPECT_NEAR(misfit_slope<float>(0.04), 2.0, 0.2); }

}  // namespace bornflow
