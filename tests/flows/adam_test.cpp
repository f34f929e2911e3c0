#include "flows/training/adam.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "flows/training/learning_rate.hpp"
#include "flows/training/stored_array.hpp"
#include "flows/training/weight_average.hpp"

namespace bornflow {

namespace {

void make(Parameters<float>& parameters, std::size_t size) {
  parameters.add("weighty.conv.weight_x", size);
  parameters.add("weighty.conv.bias", size);
  parameters.allocate();
}

void set_gradients(Parameters<float>& parameters, const std::vector<float>& g) { from_host(g, parameters.gradients()); }

}  // namespace

// By hand: after one step m_hat = g and v_hat = g^2, so w moves by rate g / (|g| + eps), which is rate sign(g).
// Second step with g2 = -3 g1: m_hat = (0.9 * 0.1 g - 0.3 g) / 0.19 = -1.1052632 g, v_hat = (0.999 * 0.001 + 0.009)
// g^2 / 0.001999 = 5.0020010 g^2, so w moves by rate * (-1.1052632 / sqrt(5.0020010)) sign(g) = -0.4941856 rate.
TEST(Adam, agrees_with_two_steps_by_hand) {
  Parameters<float> parameters;
  make(parameters, 1);
  from_host({1.0f, 2.0f}, parameters.values());
  Adam adam(parameters, {});
  set_gradients(parameters, {0.5f, -4.0f});
  adam.step(parameters, 0.1);
  auto w = to_host(parameters.values());
  EXPECT_NEAR(w[0], 0.9, 1e-6);
  EXPECT_NEAR(w[1], 2.1, 1e-6);
  set_gradients(parameters, {-1.5f, 12.0f});
  adam.step(parameters, 0.1);
  w = to_host(parameters.values());
  EXPECT_NEAR(w[0], 0.9 + 0.04941856, 1e-6);
  EXPECT_NEAR(w[1], 2.1 - 0.04941856, 1e-6);
}

// Reference in double, 200 steps on more parameters than one kernel row: float moments keep about 1e-6 relative a step.
TEST(Adam, follows_a_reference_in_double) {
  const std::size_t size = 5000;
  Parameters<float> parameters;
  make(parameters, size);
  Adam adam(parameters, {});
  std::vector<double> w(2 * size, 0), m(2 * size, 0), v(2 * size, 0);
  RandomStream stream(3, Purpose::test, 0);
  for (int t = 1; t <= 200; ++t) {
    std::vector<float> g(2 * size);
    for (float& value : g) value = static_cast<float>(stream.normal());
    set_gradients(parameters, g);
    adam.step(parameters, 1e-2, 0.25);
    for (std::size_t i = 0; i < 2 * size; ++i) {
      const double scaled = 0.25 * g[i];
      m[i] = 0.9 * m[i] + 0.1 * scaled;
      v[i] = 0.999 * v[i] + 0.001 * scaled * scaled;
      w[i] -= 1e-2 * m[i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
    }
  }
  const auto computed = to_host(parameters.values());
  for (std::size_t i = 0; i < 2 * size; ++i) ASSERT_NEAR(computed[i], w[i], 1e-5) << i;
  EXPECT_EQ(adam.steps(), 200);
}

TEST(Adam, decays_weights_but_not_biases) {
  Parameters<float> parameters;
  make(parameters, 1);
  from_host({2.0f, 2.0f}, parameters.values());
  Adam::Options options;
  options.weight_decay = 0.5;
  Adam adam(parameters, options);
  adam.step(parameters, 0.1);   // no gradient yet: frozen
  EXPECT_EQ(to_host(parameters.values()), (std::vector<float>{2, 2}));
  // So small beside epsilon that the gradient moves w by 0.1 * 1e-12 / 1e-8 at most: only the decay acts.
  set_gradients(parameters, {1e-12f, 1e-12f});
  adam.step(parameters, 0.1);
  const auto w = to_host(parameters.values());
  EXPECT_NEAR(w[0], 2.0 * (1 - 0.1 * 0.5), 1.1e-5);
  EXPECT_NEAR(w[1], 2.0, 1.1e-5);
}

TEST(Adam, clip_scale_bounds_the_norm) {
  EXPECT_EQ(clip_scale(5, 10), 1.0);
  EXPECT_EQ(clip_scale(20, 10), 0.5);
  EXPECT_EQ(clip_scale(1e30, 0), 1.0);
}

// The schedule must act on the step, not on the gradient: with it inside the gradient Adam would ignore it.
TEST(LearningRate, scales_the_step_of_adam) {
  const LearningRate rate{0.1, LearningRateSchedule::cosine, 4, 104};
  EXPECT_DOUBLE_EQ(rate.at(0), 0.025);
  EXPECT_DOUBLE_EQ(rate.at(3), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(4), 0.1);
  EXPECT_NEAR(rate.at(54), 0.05, 1e-12);
  EXPECT_EQ(rate.at(104), 0.0);
  EXPECT_EQ((LearningRate{0.1, LearningRateSchedule::constant, 0, 10}.at(9)), 0.1);

  Parameters<float> parameters;
  make(parameters, 1);
  Adam adam(parameters, {});
  set_gradients(parameters, {1.0f, 1.0f});
  adam.step(parameters, rate.at(0));
  EXPECT_NEAR(to_host(parameters.values())[0], -0.025, 1e-7);
}

TEST(WeightAverage, follows_the_weights_exponentially) {
  Parameters<float> parameters;
  make(parameters, 1);
  WeightAverage average(parameters, 0.5);
  from_host({1.0f, -1.0f}, parameters.values());
  // The decay is min(0.5, (1 + t) / (10 + t)): 2/11, 3/12, ... and 0.5 from t = 8 on.
  double expected = 0;
  for (int t = 1; t <= 12; ++t) {
    average.update(parameters);
    const double decay = std::min(0.5, (1.0 + t) / (10.0 + t));
    expected = decay * expected + (1 - decay);
  }
  EXPECT_NEAR(to_host(average.values())[0], expected, 1e-6);
  EXPECT_NEAR(to_host(average.values())[1], -expected, 1e-6);
  const auto before = to_host(average.values());
  average.swap(parameters);
  EXPECT_EQ(to_host(parameters.values()), before);
  average.swap(parameters);
  EXPECT_EQ(to_host(average.values()), before);
  EXPECT_THROW(WeightAverage(parameters, 1.0), UserError);
}

}  // namespace bornflow
