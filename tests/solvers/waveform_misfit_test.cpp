#include "solvers/inversion/waveform_misfit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "solvers/survey/source_encoding.hpp"
#include "support/world.hpp"
#include "tests/solvers/inversion_problem.hpp"

namespace bornflow {

namespace {

/// Slopes of |f(y + h d) - f(y) - h <g, d>| in h, with everything on that a run can switch on: mute, frozen rim, smoothing,
/// illumination, low-pass, encodings. d is drawn without looking at the gradient.
struct Slopes {
  double exact = 0, one_percent_off = 0;   // with the gradient, and with 1.01 times the gradient
};

template <class T>
Slopes misfit_slopes(double largest_step, Absorbing absorbing = Absorbing::damping) {
  const Communicator self = test::world().split(test::world().rank());
  InversionProblem problem = test::lens_problem(self, 3);
  problem.setup.options.absorbing = absorbing;
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
    const double x = random.uniform(0, 390), z = random.uniform(0, 315);
    const auto one = test::bump(problem.setup.subdomain.global, x, z, 25, random.normal());
    for (std::size_t i = 0; i < one.size(); ++i) direction[i] += one[i];
  }
  double most = 0;
  for (const double change : variables.change(direction)) most = std::max(most, std::abs(change));

  std::vector<double> remainders, wrong_remainders;
  for (int k = 0; k < 3; ++k) {
    const double h = largest_step / most * std::pow(0.5, k);
    std::vector<double> y(direction);
    for (double& v : y) v *= h;
    const double change = misfit.value(variables.model(y)) - value, slope = test::dot(gradient, y);
    remainders.push_back(std::abs(change - slope));
    wrong_remainders.push_back(std::abs(change - 1.01 * slope));
  }
  const Slopes slopes{std::log2(remainders[1] / remainders[2]), std::log2(wrong_remainders[1] / wrong_remainders[2])};
  std::printf("slope %.4f; with a gradient that is 1 %% off %.4f\n", slopes.exact, slopes.one_percent_off);
  return slopes;
}

}  // namespace

TEST(WaveformMisfit, has_an_exact_gradient_in_double) {
  const Slopes slopes = misfit_slopes<double>(0.01);
  EXPECT_NEAR(slopes.exact, 2.0, 0.02);
  EXPECT_LT(slopes.one_percent_off, 1.96);
}

TEST(WaveformMisfit, has_an_exact_gradient_with_a_cpml) {
  const Slopes slopes = misfit_slopes<double>(0.01, Absorbing::cpml);
  EXPECT_NEAR(slopes.exact, 2.0, 0.02);
  EXPECT_LT(slopes.one_percent_off, 1.96);
}

// In single precision the steps must be larger, and terms of third order show.
TEST(WaveformMisfit, has_an_exact_gradient_in_single) { EXPECT_NEAR(misfit_slopes<float>(0.04).exact, 2.0, 0.05); }

TEST(WaveformMisfit, has_the_hessian_of_gauss_and_newton) {
  const Communicator self = test::world().split(test::world().rank());
  InversionProblem problem = test::lens_problem(self, 3);
  test::simulate(problem, test::lens(problem));
  WaveformMisfit<double> misfit(self, problem.setup, problem.shots, problem.traces);
  std::vector<double> gradient;
  const double value = misfit.value_and_gradient(problem.start, gradient);
  EXPECT_EQ(misfit.total_ledger().forward, 3);
  EXPECT_EQ(misfit.total_ledger().adjoint, 3);
  {
    const auto linear = misfit.linearise(problem.start);
    EXPECT_EQ(linear->value(), value);
    EXPECT_EQ(linear->gradient(), gradient);
    const auto x = test::random_values<double>(gradient.size(), 1), y = test::random_values<double>(gradient.size(), 2);
    const auto hx = linear->apply_hessian(x), hy = linear->apply_hessian(y);
    EXPECT_NEAR(test::dot(hx, y), test::dot(x, hy), 1e-12 * test::norm(hx) * test::norm(y));
    // <x, H x> = |J W x|^2
    BornOperator<double> born(problem.setup.subdomain, problem.setup.options, problem.setup.acquisition,
                              velocity_of(problem.start), problem.setup.mask, 1e9);
    std::vector<double> traces(born.traces_size());
    double energy = 0;
    for (int shot = 0; shot < 3; ++shot) {
      born.born(shot, 1, x.data(), traces.data());
      energy += test::dot(traces, traces);
    }
    EXPECT_NEAR(test::dot(x, hx), energy, 1e-12 * energy);
  }
  // Two gradients and two products; the backgrounds of the second linearisation are made once.
  EXPECT_EQ(misfit.total_ledger().forward, 3 + 3 + 2 * 3);
  EXPECT_EQ(misfit.total_ledger().adjoint, 3 + 3 + 2 * 3);
}

// Operators that run nothing again must not lose the number of steps that reruns are counted in.
TEST(WaveformMisfit, counts_reruns_in_solves) {
  const Communicator self = test::world().split(test::world().rank());
  InversionProblem problem = test::lens_problem(self, 2);
  problem.setup.options.storage = Storage::boundary;
  test::simulate(problem, test::lens(problem));
  WaveformMisfit<float> misfit(self, problem.setup, problem.shots, problem.traces);
  misfit.linearise(problem.start)->apply_hessian(test::lens(problem));   // two adjoints a shot, each runs back once
  EXPECT_DOUBLE_EQ(misfit.total_ledger().rerun(), 2 * 2);
  misfit.value(problem.start);
  EXPECT_DOUBLE_EQ(misfit.total_ledger().rerun(), 2 * 2);
}

}  // namespace bornflow
