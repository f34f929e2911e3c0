#include "solvers/acoustic/operator_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

TaylorSetup setup_of(const test::SmallSurvey& s) {
  TaylorSetup setup{s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e12};
  setup.options.dt = 0.001;
  return setup;
}

}  // namespace

TEST(OperatorChecks, pass_for_exact_operators) {
  const auto s = test::small_survey();
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  EXPECT_LT(forward_transpose_gap(propagator, 0, 1), 1e-14);
  BornOperator<double> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e12);
  EXPECT_LT(born_transpose_gap(born, 0, 2, 1), 1e-14);
  const TaylorSlopes slopes = taylor_slopes(setup_of(s), 1, 1);
  EXPECT_NEAR(slopes.forward, 1, 0.02);
  EXPECT_NEAR(slopes.forward_less_born, 2, 0.04);
  EXPECT_NEAR(slopes.misfit_less_gradient, 2, 0.04);
}

// The gradient of a field that is run backwards is the gradient still.
TEST(OperatorChecks, pass_for_the_gradient_with_every_accurate_storage) {
  const auto s = test::small_survey();
  for (const Storage storage : {Storage::boundary, Storage::recompute}) {
    auto setup = setup_of(s);
    setup.options.storage = storage;
    setup.options.storage_memory = 2e5;
    const TaylorSlopes slopes = taylor_slopes(setup, 1, 1);
    EXPECT_NEAR(slopes.misfit_less_gradient, 2, 0.04) << storage_name(storage);
  }
}

// A mute of 0.9 on a row where the model moves makes J and the gradient a little too small there.
TEST(OperatorChecks, find_a_derivative_that_is_a_little_wrong) {
  const auto s = test::small_survey();
  auto setup = setup_of(s);
  setup.mute.assign(s.grid.size(), 1.0f);
  std::fill_n(setup.mute.begin() + 20 * s.grid.nx, s.grid.nx, 0.9f);
  const TaylorSlopes slopes = taylor_slopes(setup, 1, 1);
  EXPECT_LT(slopes.forward_less_born, 1.96);
  EXPECT_GT(std::abs(slopes.misfit_less_gradient - 2), 0.04) << "slope " << slopes.misfit_less_gradient;
}

TEST(OperatorChecks, refuse_records_without_a_wave) {
  auto s = test::small_survey();
  s.acquisition.n_samples = 4;
  s.acquisition.receivers = {{0.0, 0.0, 300.0}};
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  EXPECT_THROW(forward_transpose_gap(propagator, 1, 1), NumericalError);
}

}  // namespace bornflow
