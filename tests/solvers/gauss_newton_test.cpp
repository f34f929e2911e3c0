#include "solvers/inversion/gauss_newton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <optional>

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

/// A step that the bounds clip to next to nothing: which part of the slope's decrease it keeps depends on the room between
/// them. The start is constant, so that they are as far from every point. The residual is that of a lens, enlarged: a step
/// that long leaves room for small parts, which the single-precision velocities of the waves still tell apart.
class ClippedStep {
public:
  ClippedStep() {
    std::fill(problem_.start.begin(), problem_.start.end(), start_);
    test::simulate(problem_, std::vector<double>(problem_.start.size(), 0.0));
    const std::vector<float> at_start = problem_.traces;
    test::simulate(problem_, test::lens(problem_, -0.02));
    // Bounds that hold nothing back give the whole step: change and slope.
    reset();
    std::vector<double> gradient, model;
    EXPECT_EQ(step(0.24, model).length, 1);
    for (std::size_t i = 0; i < model.size(); ++i) change_.push_back(enlarged_ * (model[i] - start_));
    for (std::size_t i = 0; i < at_start.size(); ++i)
      problem_.traces[i] = at_start[i] + static_cast<float>(enlarged_) * (problem_.traces[i] - at_start[i]);
    reset();
    value_ = misfit_->value_and_gradient(problem_.start, gradient);
    slope_ = test::dot(gradient, change_);
  }

  const std::vector<double>& start() const { return problem_.start; }
  double value() const { return value_; }

  DescentStep step(double room, std::vector<double>& model) {
    DescentStep before;
    model = problem_.start;
    return gauss_newton_step(*misfit_, *variables_, {3, start_ - room, start_ + room}, model, before);
  }

  /// The decrease of the whole step between such bounds, in parts of the slope's; of shorter ones it is nearly the same.
  double decrease(double room) {
    std::vector<double> model = problem_.start;
    for (std::size_t i = 0; i < model.size(); ++i)
      if (change_[i] != 0) model[i] = std::clamp(start_ + change_[i], start_ - room, start_ + room);
    return (value_ - misfit_->value(model)) / -slope_;
  }

  /// The room that gives this decrease.
  double room_for(double part) {
    double least = 0, most = 1e-3;
    for (int i = 0; i < 25; ++i) {
      const double middle = (least + most) / 2;
      (decrease(middle) < part ? least : most) = middle;
    }
    return most;
  }

private:
  void reset() {
    misfit_.emplace(self_, problem_.setup, problem_.shots, problem_.traces);
    variables_.emplace(problem_.start, problem_.setup.mask, smoother_, std::vector<double>(problem_.start.size(), 1.0));
  }

  static constexpr double start_ = 0.25;   // 2000 m/s
  static constexpr double enlarged_ = 50;
  const Communicator self_ = test::world().split(test::world().rank());
  InversionProblem problem_ = test::lens_problem(self_, 1);
  const SymmetricSmoother smoother_{problem_.setup.subdomain.global, 20};
  std::optional<WaveformMisfit<double>> misfit_;
  std::optional<ModelVariables> variables_;
  double value_ = 0, slope_ = 0;
  std::vector<double> change_;
};

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

// Lengths halve from 1, and so does what the rule asks for; here the decrease is the same for all.
TEST(GaussNewton, asks_for_a_ten_thousandth_of_the_decrease_that_the_slope_promises) {
  ClippedStep clipped;
  std::vector<double> model;
  for (const double part : {2.0, 1.3, 0.75, 0.37, 0.18, 0.09, 0.045, 0.022}) {
    const double room = clipped.room_for(part * 1e-4);
    double expected = 1;
    while (expected > part) expected /= 2;
    const DescentStep step = clipped.step(room, model);
    std::printf("decrease %.3f 1e-4 of the slope's: length %g\n", clipped.decrease(room) / 1e-4, step.length);
    EXPECT_EQ(step.length, expected) << part;
    EXPECT_LT(step.value, clipped.value()) << part;
    EXPECT_NE(model, clipped.start()) << part;
  }
}

TEST(GaussNewton, stays_where_no_length_decreases_enough) {
  ClippedStep clipped;
  std::vector<double> model;
  const double room = clipped.room_for(0.011 * 1e-4);   // of the shortest step a 64th, 0.0156, is asked for
  EXPECT_GT(clipped.decrease(room), 0);
  const DescentStep step = clipped.step(room, model);
  EXPECT_EQ(step.length, 0);
  EXPECT_EQ(step.value, clipped.value());
  EXPECT_EQ(model, clipped.start());
}

}  // namespace bornflow
