#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/methods/aspire.hpp"
#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"
#include "inference/mean_field_flow.hpp"

// The methods of inference on a flow and likelihoods so small that their results are known in closed form.
namespace bornflow {

namespace {

TrainingSchedule schedule(int epochs, int batch, double learning_rate) {
  TrainingSchedule s;
  s.epochs = epochs;
  s.batch = batch;
  s.learning_rate = [learning_rate](std::int64_t, std::int64_t) { return learning_rate; };
  return s;
}

// Latents with exact first and second moments, so that averages over them are those over all latents.
Batch symmetric_latents(int pairs, int size) {
  Batch z = normal_batch(2 * pairs, size, 1, Purpose::test);
  for (int i = 0; i < pairs; ++i)
    for (int c = 0; c < size; ++c) z.row(pairs + i)[c] = -z.row(i)[c];
  for (int c = 0; c < size; ++c) {
    double squares = 0;
    for (int i = 0; i < z.count; ++i) squares += z.row(i)[c] * z.row(i)[c];
    for (int i = 0; i < z.count; ++i) z.row(i)[c] *= std::sqrt(z.count / squares);
  }
  return z;
}

}  // namespace

// The best mean-field Gaussian has the posterior's mean and s_k = 1 / sqrt(precision_kk). The 1000 fixed latents stand for
// all: their means are off by 1 / sqrt(1000), which moves the results by as many parts of s; four times that is allowed.
TEST(InferenceEngine, variational_inference_finds_the_best_mean_field) {
  const GaussianDensity prior({0.5, -1}, smooth_covariance(2, 1, 0.2));
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.8);
  const std::vector<double> y = {1, 0.4};
  const PosteriorDensity target(likelihood, prior, y);
  test::MeanFieldFlow flow(2, 2);
  VariationalOptions options;
  options.schedule = schedule(200, 1000, 0.1);
  std::vector<int> seen;
  const auto objective = fit_posterior(flow, target, y, options, [&](int update) { seen.push_back(update); });
  EXPECT_EQ(objective.size(), 200u);
  EXPECT_EQ(seen.size(), 201u);
  EXPECT_EQ(likelihood.ledger().forward, 200 * 1000);
  EXPECT_EQ(likelihood.ledger().adjoint, 200 * 1000);

  const LinearGaussianPosterior exact(prior, LinearLikelihood(DenseMatrix::identity(2), 0.8));
  const std::vector<double> mean = exact.mean(y.data());
  const DenseMatrix precision = Cholesky(exact.covariance()).inverse();
  for (int c = 0; c < 2; ++c) {
    const double s = 1 / std::sqrt(precision(c, c));
    EXPECT_NEAR(flow.mean[c], mean[c], 4 * s / std::sqrt(1000));
    EXPECT_NEAR(std::exp(flow.log_scale[c]), s, 4 * s / std::sqrt(2 * 1000));
  }
}

// At the posterior the gradient along paths vanishes for every batch, and the total one on average only: latents with a
// mean of their own drag the flow away. Away from the posterior both find it.
TEST(InferenceEngine, path_gradients_do_not_scatter_at_the_posterior) {
  DenseMatrix variances = DenseMatrix::identity(2);
  variances(1, 1) = 0.25;
  const GaussianDensity prior({0.5, -1}, variances);
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.8);
  const std::vector<double> y = {1, 0.4};
  const PosteriorDensity target(likelihood, prior, y);
  const LinearGaussianPosterior exact(prior, LinearLikelihood(DenseMatrix::identity(2), 0.8));
  VariationalOptions options;
  options.latents = 100;
  const auto distance_after = [&](VariationalGradient gradient, double offset, int epochs) {
    test::MeanFieldFlow flow(2, 2);
    for (int c = 0; c < 2; ++c) {
      flow.mean[c] = exact.mean(y.data())[c] + offset;
      flow.log_scale[c] = 0.5 * std::log(exact.covariance()(c, c)) + offset;
    }
    options.gradient = gradient;
    options.schedule = schedule(epochs, 20, 0.1);
    fit_posterior(flow, target, y, options, [](int) {});
    double distance = 0;
    for (int c = 0; c < 2; ++c)
      distance += std::abs(flow.mean[c] - exact.mean(y.data())[c]) +
                  std::abs(flow.log_scale[c] - 0.5 * std::log(exact.covariance()(c, c)));
    return distance;
  };
  EXPECT_LT(distance_after(VariationalGradient::path, 0, 2), 1e-12);
  EXPECT_GT(distance_after(VariationalGradient::total, 0, 2), 1e-2);
  EXPECT_LT(distance_after(VariationalGradient::path, 0.3, 100), 1e-6);
}

// Where q is the posterior itself every sample gives log p(y) exactly; where it is not, the bound is the divergence above.
TEST(InferenceEngine, the_variational_bound_is_the_divergence_above_the_evidence) {
  const double prior_variance = 2, noise = 0.5;
  const GaussianDensity prior({1}, [&] { DenseMatrix c(1, 1); c(0, 0) = prior_variance; return c; }());
  LinearLikelihood likelihood(DenseMatrix::identity(1), noise);
  const std::vector<double> y = {2.2};
  const PosteriorDensity target(likelihood, prior, y);
  const double data_variance = prior_variance + noise * noise;
  const double log_evidence = -0.5 * (1.2 * 1.2 / data_variance + std::log(2 * std::acos(-1.0) * data_variance));
  const double variance = prior_variance * noise * noise / data_variance;

  test::MeanFieldFlow flow(1, 1);
  flow.mean[0] = 1 + prior_variance / data_variance * 1.2;
  flow.log_scale[0] = 0.5 * std::log(variance);
  const Batch z = symmetric_latents(500, 1);
  VariationalBound bound = variational_bound(flow, target, y, z);
  EXPECT_NEAR(bound.negative_elbo, -log_evidence, 1e-12);
  EXPECT_NEAR(bound.log_evidence, log_evidence, 1e-12);
  EXPECT_NEAR(divergence(flow, target, y, z, log_evidence), 0, 1e-12);

  // A divergence of 2e-4: by other latents the bound scatters by 2e-2 / sqrt(200), which the control variate takes away.
  flow.mean[0] += 0.01;
  const Batch scattered = normal_batch(200, 1, 2, Purpose::test);
  const double small_divergence = 0.5 * 0.01 * 0.01 / variance;
  EXPECT_NEAR(divergence(flow, target, y, scattered, log_evidence), small_divergence, 0.5 * small_divergence);
  flow.mean[0] += 4;   // far away, where samples of q know nothing of p: the bound without any control
  const double large_divergence = 0.5 * 4.01 * 4.01 / variance;
  EXPECT_NEAR(divergence(flow, target, y, z, log_evidence), large_divergence, 1e-9);
  flow.mean[0] -= 4.01;

  flow.mean[0] += 0.3;
  flow.log_scale[0] += 0.2;
  bound = variational_bound(flow, target, y, z);
  const double divergence_above = 0.5 * (std::exp(0.4) + 0.3 * 0.3 / variance - 1) - 0.2;
  EXPECT_NEAR(bound.negative_elbo, divergence_above - log_evidence, 1e-10);
  const Batch many = normal_batch(100000, 1, 3, Purpose::test);
  EXPECT_NEAR(divergence(flow, target, y, many, log_evidence), divergence_above, 0.01);
  EXPECT_NEAR(bound.log_evidence, log_evidence, 0.1);   // weights p/q scatter by about one: 1 / sqrt(1000), three times
}

TEST(InferenceEngine, maximum_likelihood_on_pairs) {
  Batch x = symmetric_latents(100, 2);
  for (int i = 0; i < x.count; ++i) x.row(i)[0] = 3 + 0.5 * x.row(i)[0];
  test::MeanFieldFlow flow(2, 1);
  const std::vector<double> history = train_on_pairs(flow, x, Batch(x.count, 1), schedule(300, x.count, 0.05));
  EXPECT_EQ(history.size(), 300u);
  EXPECT_LT(history.back(), history.front());
  EXPECT_NEAR(flow.mean[0], 3, 1e-6);
  EXPECT_NEAR(std::exp(flow.log_scale[0]), 0.5, 1e-6);
  x.row(7)[1] = NAN;
  EXPECT_THROW(train_on_pairs(flow, x, Batch(x.count, 1), schedule(1, 10, 0.05)), NumericalError);
}

TEST(InferenceEngine, every_epoch_is_another_order_of_all_pairs) {
  std::vector<int> order = epoch_order(50, 3, 0);
  EXPECT_EQ(order, epoch_order(50, 3, 0));
  EXPECT_NE(order, epoch_order(50, 3, 1));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
  int calls = 0, smallest = 99;
  for_each_update(schedule(3, 16, 1), 50, [&](const std::vector<int>& numbers, double) {
    ++calls;
    smallest = std::min(smallest, static_cast<int>(numbers.size()));
  });
  EXPECT_EQ(calls, 3 * 4);
  EXPECT_EQ(updates(schedule(3, 16, 1), 50), 3 * 4);
  EXPECT_EQ(smallest, 2);
}

// The means of data set i are those of its own latents, in whatever company it is.
TEST(InferenceEngine, posterior_means_do_not_depend_on_the_batch) {
  test::MeanFieldFlow flow(2, 1);
  const Batch all = posterior_means(flow, Batch(9, 1), 1001, 5, 100);   // odd: opposite latents cancel
  const Batch some = posterior_means(flow, Batch(2, 1), 1001, 5, 106);
  for (int c = 0; c < 2; ++c) EXPECT_EQ(some.row(1)[c], all.row(7)[c]);
  EXPECT_NE(all.row(0)[0], all.row(1)[0]);
}

// What ASPIRE asks of the likelihood, and what it shows to its flows: the first scores at the common fiducial, the second
// ones at the means of the first flow.
TEST(InferenceEngine, aspire_moves_the_fiducial_and_counts_its_solves) {
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.5);
  AspireOptions options;
  options.iterations = 2;
  options.mean_samples = 10000;
  options.schedule = schedule(200, 100, 0.1);
  Aspire aspire(likelihood, {1, 2}, options);
  EXPECT_EQ(aspire.condition_size(), 4);
  const Batch x = normal_batch(100, 2, 1, Purpose::test, 0);
  const Batch y = x;
  aspire.train(x, y, [](int condition_size, int) { return std::make_unique<test::MeanFieldFlow>(2, condition_size); });
  EXPECT_EQ(likelihood.ledger().forward, 2 * 100);
  EXPECT_EQ(likelihood.ledger().adjoint, 2 * 100);

  const Batch observed(std::vector<double>{0.4, 0.6});
  std::vector<Batch> seen;
  aspire.infer(observed, 500, [&](int, TrainableFlow&, const Batch& conditions) { seen.push_back(conditions); });
  EXPECT_EQ(likelihood.ledger().forward, 2 * 100 + 2);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_DOUBLE_EQ(seen[0].row(0)[0], (0.4 - 1) / 0.25);
  EXPECT_DOUBLE_EQ(seen[0].row(0)[2], 1);
  const std::vector<double> mean = column_means(x);   // of the mean-field flow, by 10000 samples: 4 standard errors
  for (int c = 0; c < 2; ++c) {
    EXPECT_NEAR(seen[1].row(0)[2 + c], mean[c], 0.05);
    EXPECT_DOUBLE_EQ(seen[1].row(0)[c], (observed.row(0)[c] - seen[1].row(0)[2 + c]) / 0.25);
  }
}

// The same latents in two iterations would tie the error of one fiducial to that of the next.
TEST(InferenceEngine, aspire_draws_other_latents_in_each_iteration) {
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.5);
  AspireOptions options;
  options.iterations = 3;
  options.mean_samples = 11;   // odd: opposite latents cancel
  options.schedule = schedule(1, 100, 1e-9);   // flows that stay as they are: what differs are the latents
  Aspire aspire(likelihood, {0, 0}, options);
  const Batch x = normal_batch(100, 2, 1, Purpose::test, 0);
  aspire.train(x, x, [](int condition_size, int) { return std::make_unique<test::MeanFieldFlow>(2, condition_size); });
  std::vector<Batch> seen;
  const Batch observed(std::vector<double>{0.4, 0.6});
  const auto keep = [&](int, TrainableFlow&, const Batch& conditions) { seen.push_back(conditions); };
  aspire.infer(observed, 500, keep);
  aspire.infer(observed, 500, keep);
  aspire.infer(observed, 501, keep);
  for (int c = 2; c < 4; ++c) {
    EXPECT_GT(std::abs(seen[1].row(0)[c] - seen[2].row(0)[c]), 1e-3);   // another iteration
    EXPECT_EQ(seen[1].row(0)[c], seen[4].row(0)[c]);                    // the same data set again
    EXPECT_GT(std::abs(seen[1].row(0)[c] - seen[7].row(0)[c]), 1e-3);   // another data set
  }
}

}  // namespace bornflow
