#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bornflow/inference/problems/planar_arm.hpp"
#include "src/app/adapters/trained_samplers.hpp"

namespace bornflow {

namespace {

InvertibleOptions small_network(int size) {
  InvertibleOptions options;
  options.map.architecture.network = "inn";
  options.map.architecture.size = size;
  options.map.architecture.condition_size = 0;
  options.map.architecture.hidden = 32;
  options.map.architecture.depth = 4;
  options.training.latent_size = 2;
  options.training.weights.y = 20, options.training.weights.likelihood = 1;
  options.map.clip_norm = 10;
  options.training.y_noise = 0.05;
  options.training.z_widths = {0.2, 1}, options.training.x_widths = {0.1, 0.5};
  options.training.schedule.epochs = 12, options.training.schedule.batch = 256;
  options.training.schedule.learning_rate = [](std::int64_t step, std::int64_t steps) {
    return 3e-3 * (1 - static_cast<double>(step) / static_cast<double>(steps));
  };
  return options;
}

class NoisyNumber final : public InverseProblem {
public:
  std::vector<std::string> model_names() const override { return {"x"}; }
  int data_size() const override { return 1; }
  void draw(RandomStream& stream, double* x) const override { x[0] = stream.normal(); }
  void simulate(const double* x, double* y) const override { y[0] = x[0]; }
  void add_noise(RandomStream& stream, double* y) const override { y[0] += 0.5 * stream.normal(); }
  int noise_size() const override { return 1; }
};

}  // namespace

TEST(InvertibleMapTest, inverse_undoes_forward_and_its_gradient_agrees_with_differences) {
  InvertibleMapAdapter map(small_network(5).map);
  map.network().set_initialised(true);
  const auto values = map.network().parameters().values();
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), values);
  RandomStream stream(4, Purpose::test, 0);
  std::vector<float> base(host.extent(0));
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = host(i) + static_cast<float>(0.1 * stream.normal());
  const auto set_along = [&](const std::vector<double>& p, double step) {
    for (std::size_t i = 0; i < base.size(); ++i) host(i) = base[i] + static_cast<float>(p.empty() ? 0.0 : step * p[i]);
    Kokkos::deep_copy(values, host);
  };
  set_along({}, 0);
  std::vector<double> log_det;
  const Batch u = normal_batch(6, 5, 1, Purpose::test), v = map.inverse(u), back = map.forward(v, log_det);
  for (std::size_t i = 0; i < u.values.size(); ++i) EXPECT_NEAR(back.values[i], u.values[i], 1e-4);

  // Along a direction p of the parameters, sum(dv . f^-1(u)) changes by gradient . p.
  const Batch dv = normal_batch(6, 5, 2, Purpose::test);
  map.network().parameters().zero_gradients();
  map.inverse_gradient(v, dv);
  const auto gradients =
      Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), map.network().parameters().gradients());
  const std::vector<float> of_gradient(gradients.data(), gradients.data() + gradients.extent(0));
  const auto sum_at = [&](const std::vector<double>& p, double step) {
    set_along(p, step);
    const Batch x = map.inverse(u);
    double sum = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) sum += dv.values[i] * x.values[i];
    return sum;
  };
  // Single precision and the kinks of ReLU scatter a difference by a few per cent; twenty directions are told together.
  double squared_error = 0, squares = 0;
  for (int direction = 0; direction < 20; ++direction) {
    std::vector<double> p(base.size());
    double expected = 0;
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = stream.normal(), expected += p[i] * of_gradient[i];
    const double step = 5e-5, found = (sum_at(p, step) - sum_at(p, -step)) / (2 * step);
    squared_error += (found - expected) * (found - expected), squares += expected * expected;
  }
  EXPECT_LT(std::sqrt(squared_error / squares), 0.1);
}

TEST(TrainedSamplersTest, an_invertible_network_learns_where_an_arm_ends) {
  const PlanarArm arm({});
  const Pairs pairs = draw_pairs(arm, 8000, 1, 0), test = draw_pairs(arm, 5, 1, 100000);
  TrainedInvertible trained = train_invertible(pairs, small_network(4));
  ASSERT_EQ(trained.history.size(), 12u);
  EXPECT_LT(trained.history.back().y, 0.2 * trained.history.front().y);
  // Half of the arms of the posterior end near the data, half of those of the prior do not.
  std::vector<double> misses, misses_of_prior;
  for (int o = 0; o < 5; ++o) {
    const std::vector<double> target(test.y.row(o), test.y.row(o) + 2);
    const auto add_misses = [&](const Batch& y, std::vector<double>& to) {
      for (int i = 0; i < y.count; ++i) to.push_back(std::hypot(y.row(i)[0] - target[0], y.row(i)[1] - target[1]));
    };
    add_misses(simulate(arm, trained.sampler->sample(target, 200, o)), misses);
    add_misses(rows(pairs.y, 200 * o, 200), misses_of_prior);
  }
  std::sort(misses.begin(), misses.end()), std::sort(misses_of_prior.begin(), misses_of_prior.end());
  EXPECT_LT(misses[500], 0.25);
  EXPECT_GT(misses_of_prior[500], 0.5);
}

// y = x + 0.5 n: the posterior is normal about 0.8 y with the variance 0.2. (x, n) -> (z, y) is linear; no bijection of x alone
// gives y.
TEST(TrainedSamplersTest, noise_that_is_inferred_gives_the_width_of_a_posterior) {
  const NoisyNumber problem;
  const Pairs pairs = draw_pairs(problem, 4000, 1, 0);
  ASSERT_EQ(pairs.noise.size, 1);
  InvertibleOptions options = small_network(2);
  options.training.latent_size = 1, options.training.y_noise = 0, options.training.weights.y = 200;
  options.noise = DataNoise::inferred;
  TrainedInvertible trained = train_invertible(pairs, options);
  for (const double y : {-1.0, 0.0, 1.5}) {
    const Batch x = trained.sampler->sample({y}, 4000, 7);
    EXPECT_NEAR(column_means(x)[0], 0.8 * y, 0.1) << y;
    EXPECT_NEAR(column_deviations(x)[0], std::sqrt(0.2), 0.05) << y;
  }
}

TEST(TrainedSamplersTest, samples_stay_where_a_uniform_prior_is) {
  const NoisyNumber problem;
  Pairs pairs = draw_pairs(problem, 1000, 1, 0);
  const UniformRanges ranges = {{"x", 2, 3}};
  pairs.x = of_normal_scores(ranges, pairs.x);
  InvertibleOptions options = small_network(2);
  options.training.latent_size = 1, options.noise = DataNoise::inferred, options.prior = ranges;
  options.training.schedule.epochs = 1;
  TrainedInvertible trained = train_invertible(pairs, options);
  for (const double x : trained.sampler->sample({0.5}, 500, 7).values) EXPECT_TRUE(x >= 2 && x <= 3) << x;
}

}  // namespace bornflow
