#include "bornflow/inference/methods/departure_flow.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/methods/aspire.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"
#include "inference/mean_field_flow.hpp"

namespace bornflow {

namespace {

std::unique_ptr<test::MeanFieldFlow> narrow_flow(int condition_size) {
  auto flow = std::make_unique<test::MeanFieldFlow>(2, condition_size);
  flow->mean = {0.1, -0.2};
  flow->log_scale = {std::log(0.5), std::log(2.0)};
  return flow;
}

// Twice a latent and its square: a mean by opposite latents cancels the first and keeps the second.
class BentFlow final : public TrainableFlow {
public:
  int model_size() const override { return 1; }
  int condition_size() const override { return 1; }
  void initialise(const Batch&, const Batch&) override {}
  std::vector<double> log_prob(const Batch& x, const Batch&) override { return std::vector<double>(x.count); }
  LogValues log_prob_with_gradients(const Batch& x, const Batch&) override {
    return {std::vector<double>(x.count), Batch(x.count, 1)};
  }
  Batch sample(const Batch& z, const Batch&) override {
    Batch x = z;
    for (double& value : x.values) seen.push_back(value), value = bend * value * value + 100 * value;
    return x;
  }
  std::vector<double> fit(const Batch& x, const Batch&) override { return std::vector<double>(x.count); }
  void backward(const Batch&, const Batch&, const Batch&, double) override {}
  void restart_optimiser() override {}
  double step(double) override { return 0; }
  double bend = 1;
  std::vector<double> seen;
};

// x = gain * score + 0.1 z with the gain of least squares: around a fiducial this is one step of steepest descent.
class GainFlow final : public TrainableFlow {
public:
  int model_size() const override { return 2; }
  int condition_size() const override { return 4; }
  void initialise(const Batch& x, const Batch& y) override {
    double product = 0, square = 0;
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < 2; ++c) product += x.row(i)[c] * y.row(i)[c], square += y.row(i)[c] * y.row(i)[c];
    gain_ = product / square;
  }
  std::vector<double> log_prob(const Batch& x, const Batch&) override { return std::vector<double>(x.count); }
  LogValues log_prob_with_gradients(const Batch& x, const Batch&) override {
    return {std::vector<double>(x.count), Batch(x.count, 2)};
  }
  Batch sample(const Batch& z, const Batch& y) override {
    Batch x = z;
    for (int i = 0; i < z.count; ++i)
      for (int c = 0; c < 2; ++c) x.row(i)[c] = gain_ * y.shared_row(i)[c] + 0.1 * z.row(i)[c];
    return x;
  }
  std::vector<double> fit(const Batch& x, const Batch&) override { return std::vector<double>(x.count); }
  void backward(const Batch&, const Batch&, const Batch&, double) override {}
  void restart_optimiser() override {}
  double step(double) override { return 0; }

private:
  double gain_ = 0;
};

double mean_square_of_difference(const Batch& a, const Batch& b, int first_of_b) {
  double sum = 0;
  for (int i = 0; i < a.count; ++i)
    for (int c = 0; c < a.size; ++c) sum += std::pow(a.row(i)[c] - b.row(i)[first_of_b + c], 2) / a.count;
  return sum;
}

}  // namespace

// The fiducial is the end of the condition, in a batch or in one row that holds for all.
TEST(DepartureFlowTest, is_its_flow_around_the_fiducial) {
  DepartureFlow flow(narrow_flow(3));
  const auto inner = narrow_flow(3);
  const Batch z = normal_batch(4, 2, 1, Purpose::test), y = normal_batch(4, 3, 2, Purpose::test);
  const Batch x = flow.sample(z, y), departures = inner->sample(z, y);
  for (int i = 0; i < 4; ++i)
    for (int c = 0; c < 2; ++c) EXPECT_DOUBLE_EQ(x.row(i)[c], y.row(i)[1 + c] + departures.row(i)[c]);
  const std::vector<double> expected = inner->log_prob(departures, y), found = flow.log_prob(x, y);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(found[i], expected[i], 1e-12);

  const Batch one = rows(y, 2, 1), around_one = flow.sample(z, one);
  for (int c = 0; c < 2; ++c) EXPECT_DOUBLE_EQ(around_one.row(3)[c], one.row(0)[1 + c] + departures.row(3)[c]);
}

TEST(DepartureFlowTest, has_the_gradient_that_differences_have) {
  DepartureFlow flow(narrow_flow(2));
  const Batch x = normal_batch(3, 2, 3, Purpose::test), y = normal_batch(3, 2, 4, Purpose::test);
  const Batch gradients = flow.log_prob_with_gradients(x, y).gradients;
  for (int c = 0; c < 2; ++c) {
    Batch above = x, below = x;
    for (int i = 0; i < 3; ++i) above.row(i)[c] += 1e-4, below.row(i)[c] -= 1e-4;
    const auto up = flow.log_prob(above, y), down = flow.log_prob(below, y);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR((up[i] - down[i]) / 2e-4, gradients.row(i)[c], 1e-6);
  }
}

// x = fiducial + N(0.7, 0.3²): a mean-field flow of x itself, which ignores its condition, could not be narrower than the
// fiducials are.
TEST(DepartureFlowTest, learns_how_far_models_are_from_their_fiducials) {
  auto inner = std::make_unique<test::MeanFieldFlow>(2, 2);
  test::MeanFieldFlow& learnt = *inner;
  DepartureFlow flow(std::move(inner));
  const Batch y = normal_batch(400, 2, 5, Purpose::test), noise = normal_batch(400, 2, 6, Purpose::test);
  Batch x = y;
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = 3 * y.values[i] + 0.7 + 0.3 * noise.values[i];
  Batch fiducials = y;
  for (double& value : fiducials.values) value *= 3;
  for (int step = 0; step < 2000; ++step) flow.fit(x, fiducials), flow.step(0.02);
  for (int c = 0; c < 2; ++c) {
    EXPECT_NEAR(learnt.mean[c], 0.7, 0.06);   // 4 standard errors of 400 numbers
    EXPECT_NEAR(std::exp(learnt.log_scale[c]), 0.3, 0.045);
  }
}

TEST(DepartureFlowTest, refuses_a_condition_without_room_for_a_fiducial) {
  EXPECT_THROW(DepartureFlow(narrow_flow(1)), Error);
}

// Data of diag(1, 1/2) x with noise of 0.1: no single gain fits both components, so that one step does not do it alone. Each
// brings models that were not in training nearer; their score, which need not fall in each, ends below that of the true models,
// (1 + 1/4) / 0.1^2, as the fit takes part of the noise, and the distance at no more than twice the variance of the posterior,
// 1 / 101 + 1 / 26.
TEST(DepartureFlowTest, brings_the_fiducials_of_aspire_nearer_in_each_iteration) {
  DenseMatrix matrix = DenseMatrix::identity(2);
  matrix(1, 1) = 0.5;
  LinearLikelihood likelihood(matrix, 0.1);
  AspireOptions options;
  options.iterations = 4;
  options.mean_samples = 2;   // opposite latents: the mean is exact
  options.schedule.epochs = 1, options.schedule.batch = 400;
  options.schedule.learning_rate = [](std::int64_t, std::int64_t) { return 1.0; };
  Aspire aspire(likelihood, {0, 0}, options);
  const Batch x = normal_batch(400, 2, 7, Purpose::test), unseen = normal_batch(400, 2, 8, Purpose::test);
  aspire.train(x, likelihood.simulate(x, 1, 0),
               [](int, int) { return std::make_unique<DepartureFlow>(std::make_unique<GainFlow>()); });
  std::vector<double> distances, scores;
  aspire.infer(likelihood.simulate(unseen, 1, 1000), 1000, [&](int, TrainableFlow&, const Batch& conditions) {
    distances.push_back(mean_square_of_difference(unseen, conditions, 2));
    scores.push_back(mean_square_of_difference(Batch(400, 2), conditions, 0));
  });
  ASSERT_EQ(distances.size(), 4u);
  for (int j = 1; j < 4; ++j) EXPECT_LT(distances[j], distances[j - 1]) << "iteration " << j;
  EXPECT_GT(scores[0], 5000);   // about (1.01 + (1/4)^2 1.04) / 0.1^4, to be seen to fall
  EXPECT_LT(scores[3], 125);
  EXPECT_LT(distances[3], 2 * (1.0 / 101 + 1.0 / 26));
}

TEST(PosteriorMeansTest, opposite_latents_cancel_what_is_linear) {
  BentFlow flow;
  const Batch means = posterior_means(flow, Batch(3, 1), 8, 1);
  ASSERT_EQ(flow.seen.size(), 24u);
  for (int i = 0; i < 3; ++i) {
    double squares = 0;
    for (int draw = 0; draw < 8; draw += 2) {
      EXPECT_EQ(flow.seen[8 * i + draw], -flow.seen[8 * i + draw + 1]);
      squares += 2 * std::pow(flow.seen[8 * i + draw], 2);
    }
    EXPECT_NEAR(means.row(i)[0], squares / 8, 1e-12);
  }
  EXPECT_NE(flow.seen[0], flow.seen[2]);
  EXPECT_NE(flow.seen[0], flow.seen[8]);
}

}  // namespace bornflow
