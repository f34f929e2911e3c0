#include "flows/network/conditional_autoencoder.hpp"

#include <gtest/gtest.h>

#include "flow_checks.hpp"

namespace bornflow {

namespace {

using namespace test;

constexpr int n = 6, size = 4, condition = 3, latents = 2;

ConditionalAutoencoder<double> stirred() {
  ConditionalAutoencoder<double> network({size, condition, latents, 7}, 1);
  Vector weights = random_vector(network.parameters().size(), 1);
  for (double& w : weights) w *= 0.3;
  from_host(weights, network.parameters().values());
  return network;
}

double total(const std::vector<double>& losses) {
  double sum = 0;
  for (double loss : losses) sum += loss;
  return sum;
}

}  // namespace

TEST(ConditionalAutoencoderTest, gradient_is_the_derivative_of_the_loss) {
  auto network = stirred();
  const auto x = random_tensor<double>(n, 1, 1, size, 1), y = random_tensor<double>(n, 1, 1, condition, 2);
  const auto noise = random_tensor<double>(n, 1, 1, latents, 3);
  const double kl_weight = 0.3, weight = 0.7;
  const Vector at = to_host(network.parameters().values());
  network.parameters().zero_gradients();
  network.loss_and_gradient(x, y, noise, kl_weight, weight);
  const Vector gradient = to_host(network.parameters().gradients());
  EXPECT_GT(norm(gradient), 0.1);
  for (int k = 0; k < 4; ++k) {
    const Vector direction = random_vector(at.size(), 20 + k);
    const auto f = [&](const Vector& weights) {
      from_host(weights, network.parameters().values());
      return weight * total(network.loss_and_gradient(x, y, noise, kl_weight, weight));
    };
    // Rounding leaves 1e-10 of the loss, see directional_derivative.
    EXPECT_NEAR(dot(gradient, direction), directional_derivative(f, at, direction), 1e-7 * norm(gradient) * norm(direction));
  }
}

TEST(ConditionalAutoencoderTest, loss_is_distance_plus_divergence) {
  auto network = stirred();
  const auto x = random_tensor<double>(n, 1, 1, size, 1), y = random_tensor<double>(n, 1, 1, condition, 2);
  const auto noise = random_tensor<double>(n, 1, 1, latents, 3);
  const auto zero = network.loss_and_gradient(x, y, noise, 0, 1), one = network.loss_and_gradient(x, y, noise, 1, 1);
  const auto two = network.loss_and_gradient(x, y, noise, 2, 1);
  for (int i = 0; i < n; ++i) {
    EXPECT_GT(zero[i], 0);
    EXPECT_GT(one[i] - zero[i], 0);   // a divergence is not negative
    EXPECT_NEAR(two[i] - zero[i], 2 * (one[i] - zero[i]), 1e-12);
  }
}

TEST(ConditionalAutoencoderTest, one_condition_for_all_equals_that_condition_repeated) {
  auto network = stirred();
  const auto z = random_tensor<double>(n, 1, 1, latents, 4), one = random_tensor<double>(1, 1, 1, condition, 5);
  Tensor<double> all(n, 1, 1, condition);
  Vector repeated;
  for (int i = 0; i < n; ++i)
    for (double value : to_host(one.data)) repeated.push_back(value);
  from_host(repeated, all.data);
  const Vector together = to_host(network.decode(z, all).data);
  EXPECT_EQ(to_host(network.decode(z, one).data), together);
  // A smaller batch after a larger one has the same numbers.
  EXPECT_EQ(to_host(network.decode(samples(z, 0, 2), one).data), Vector(together.begin(), together.begin() + 2 * size));
}

}  // namespace bornflow
