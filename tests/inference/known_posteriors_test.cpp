#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/methods/langevin.hpp"
#include "bornflow/inference/numerics/quadrature.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"
#include "bornflow/inference/problems/rosenbrock_density.hpp"

namespace bornflow {

namespace {

constexpr PlaneBox plane{{-8, -15}, {8, 65}};

// Central differences of step h of a function of one row: the error is of order h^2 and rounding / h, both below 1e-8 here.
template <class Function>
std::vector<double> central_differences(std::vector<double> x, const Function& f) {
  std::vector<double> gradient(x.size());
  for (std::size_t c = 0; c < x.size(); ++c) {
    const double h = 1e-5, at = x[c];
    x[c] = at + h;
    const double above = f(Batch(x));
    x[c] = at - h;
    gradient[c] = (above - f(Batch(x))) / (2 * h);
    x[c] = at;
  }
  return gradient;
}

void expect_gradients(const LogDensity& density, const Batch& x) {
  const LogValues found = density.with_gradients(x);
  EXPECT_EQ(found.values, density.log_values(x));
  for (int i = 0; i < x.count; ++i) {
    const auto expected = central_differences(rows(x, i, 1).values, [&](const Batch& b) { return density.log_values(b)[0]; });
    for (int c = 0; c < x.size; ++c) EXPECT_NEAR(found.gradients.row(i)[c], expected[c], 1e-6 * (1 + std::abs(expected[c])));
  }
}

DenseMatrix random_matrix(int rows, int columns, std::uint64_t item) {
  DenseMatrix a(rows, columns);
  a.values = normal_batch(1, rows * columns, 3, Purpose::test, item).values;
  return a;
}

}  // namespace

TEST(KnownPosteriors, densities_have_the_gradients_of_their_values) {
  const Batch x = normal_batch(5, 2, 1, Purpose::test);
  expect_gradients(RosenbrockDensity(0.3, 0.7, 1.4), x);
  expect_gradients(GaussianDensity({1, -2}, smooth_covariance(2, 1.5, 0.1)), x);
  LinearLikelihood likelihood(random_matrix(3, 2, 7), 0.3);
  const RosenbrockDensity prior(0, 0.5, 1);
  expect_gradients(PosteriorDensity(likelihood, prior, {1, 2, 3}), x);
}

TEST(KnownPosteriors, rosenbrock_is_normalised_and_its_samples_have_its_moments) {
  const double mu = 0.3, a = 0.7, b = 1.4;
  const RosenbrockDensity density(mu, a, b);
  const PlaneMoments moments = integrate_plane(density, {{-10, -10}, {10, 90}});
  EXPECT_NEAR(moments.log_normaliser, 0, 1e-9);
  EXPECT_NEAR(moments.mean[0], mu, 1e-9);
  EXPECT_NEAR(moments.mean[1], mu * mu + 1 / (2 * a), 1e-9);   // E x2 = E x1^2
  const int n = 20000;
  const std::vector<double> mean = column_means(density.sample(n, 1, 0));
  for (int axis = 0; axis < 2; ++axis)   // four standard errors
    EXPECT_NEAR(mean[axis], moments.mean[axis], 4 * moments.standard_deviation[axis] / std::sqrt(n));
  EXPECT_EQ(density.sample(3, 1, 5).values, rows(density.sample(10, 1, 0), 5, 3).values);
}

// The posterior of A = I, y = (2, 4) with noise 0.4, by another integration, to its four decimals.
TEST(KnownPosteriors, rosenbrock_posterior_of_the_unit_case) {
  const RosenbrockDensity prior(0, 0.5, 1);
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.4);
  const PlaneMoments exact = integrate_plane(PosteriorDensity(likelihood, prior, {2, 4}), plane);
  EXPECT_NEAR(exact.log_normaliser, -4.3266, 1e-4);
  EXPECT_NEAR(exact.mean[0], 1.9125, 1e-4);
  EXPECT_NEAR(exact.mean[1], 3.9257, 1e-4);
  EXPECT_NEAR(exact.standard_deviation[0], 0.1892, 1e-4);
  EXPECT_NEAR(exact.standard_deviation[1], 0.3891, 1e-4);
  EXPECT_NEAR(exact.covariance, 0.0328, 1e-4);
}

TEST(KnownPosteriors, quadrature_refuses_a_box_that_cuts_the_density) {
  EXPECT_THROW(integrate_plane(RosenbrockDensity(0, 0.5, 1), {{-2, -15}, {8, 65}}), UserError);
}

TEST(KnownPosteriors, the_ledger_counts_every_solve) {
  LinearLikelihood likelihood(random_matrix(3, 2, 1), 0.5);
  const Batch x = normal_batch(7, 2, 1, Purpose::test);
  const Batch y = likelihood.simulate(x, 1, 0);
  EXPECT_EQ(likelihood.ledger().forward, 7);
  likelihood.log_values(x, y);
  EXPECT_EQ(likelihood.ledger().forward, 14);
  EXPECT_EQ(likelihood.ledger().adjoint, 0);
  likelihood.with_gradients(x, rows(y, 0, 1));
  EXPECT_EQ(likelihood.ledger().forward, 21);
  EXPECT_EQ(likelihood.ledger().adjoint, 7);
  EXPECT_EQ(likelihood.ledger().total(), 28);
  EXPECT_EQ(likelihood.simulate(rows(x, 4, 1), 1, 4).values, rows(y, 4, 1).values);
  EXPECT_THROW(likelihood.log_values(x, rows(y, 0, 3)), Bug);
}

// Against the form by precisions, whose condition number here is below 1e4.
TEST(KnownPosteriors, linear_gaussian_posterior_in_closed_form) {
  const int size = 6;
  const double sigma = 0.3;
  const GaussianDensity prior({1, 2, 3, 4, 5, 6}, smooth_covariance(size, 1.5, 0.1));
  const LinearLikelihood likelihood(random_matrix_with_decay(4, size, 0.1, 1), sigma);
  EXPECT_NEAR(spectral_norm(likelihood.matrix()), 1, 1e-12);
  const DenseMatrix& a = likelihood.matrix();
  DenseMatrix precision = Cholesky(prior.covariance()).inverse();
  const std::vector<double> prior_part = apply(precision, prior.mean().data());
  const DenseMatrix information = product(transposed(a), a);
  for (std::size_t i = 0; i < precision.values.size(); ++i) precision.values[i] += information.values[i] / (sigma * sigma);
  const std::vector<double> y = {1, -1, 2, 0.5};
  std::vector<double> right = apply_transposed(a, y.data());
  for (int c = 0; c < size; ++c) right[c] = right[c] / (sigma * sigma) + prior_part[c];
  const Cholesky factor(precision);
  const std::vector<double> mean = factor.solve(right);

  const LinearGaussianPosterior posterior(prior, likelihood);
  for (int c = 0; c < size; ++c) EXPECT_NEAR(posterior.mean(y.data())[c], mean[c], 1e-9);
  for (std::size_t i = 0; i < precision.values.size(); ++i)
    EXPECT_NEAR(posterior.covariance().values[i], factor.inverse().values[i], 1e-10);
}

TEST(KnownPosteriors, a_matrix_that_is_not_positive_definite_has_no_factor) {
  EXPECT_THROW(Cholesky(smooth_covariance(3, 1, -2)), NumericalError);
}

// With V at its mean, G = s^2 / sqrt(var) for a Gaussian of standard deviation s = 1, and the variance of the chain solves
// var = 1 / (1 - step G / 2). The chain forgets in 1 / (step G), about 2 steps, so n / 4 of n states are independent, and
// the variance has a standard error of sqrt(8 / n), 0.9 % here. That V scatters costs another per cent.
TEST(KnownPosteriors, langevin_has_the_variance_that_its_step_gives) {
  LangevinOptions options;
  options.iterations = 200000;
  options.step = 0.5;
  options.thin = 1;
  const GaussianDensity target({3, -1}, DenseMatrix::identity(2));
  const Batch samples = langevin_samples(target, options);
  EXPECT_EQ(samples.count, 100000);
  double expected = 1;
  for (int i = 0; i < 100; ++i) expected = 1 / (1 - 0.5 * options.step / std::sqrt(expected));
  const std::vector<double> mean = column_means(samples), covariance = column_covariance(samples);
  EXPECT_NEAR(mean[0], 3, 4 * std::sqrt(4 * expected / samples.count));
  EXPECT_NEAR(mean[1], -1, 4 * std::sqrt(4 * expected / samples.count));
  EXPECT_NEAR(covariance[0], expected, 0.05 * expected);
  EXPECT_NEAR(covariance[3], expected, 0.05 * expected);
}

}  // namespace bornflow
