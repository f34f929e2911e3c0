#include "solvers/acoustic/finite_difference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"

namespace bornflow {

TEST(FiniteDifference, weights_of_low_orders_are_the_known_ones) {
  const std::vector<std::vector<double>> known = {
      {-2.0, 1.0}, {-5.0 / 2, 4.0 / 3, -1.0 / 12}, {-205.0 / 72, 8.0 / 5, -1.0 / 5, 8.0 / 315, -1.0 / 560}};
  for (const auto& expected : known) {
    const int order = 2 * (static_cast<int>(expected.size()) - 1);
    const auto weights = second_derivative_weights(order);
    ASSERT_EQ(weights.size(), expected.size());
    for (std::size_t k = 0; k < weights.size(); ++k) EXPECT_NEAR(weights[k], expected[k], 1e-14) << "order " << order;
  }
}

// A second derivative of order 2r is exact for x^p, p <= 2r + 1: sum_k w_k k^p 2 = p (p - 1) delta(p, 2).
TEST(FiniteDifference, is_exact_for_polynomials_up_to_its_order) {
  for (int order = 2; order <= max_space_order; order += 2) {
    const auto w = second_derivative_weights(order);
    for (int p = 0; p <= order; p += 2) {
      double sum = p == 0 ? w[0] : 0.0, scale = std::abs(sum);
      for (std::size_t k = 1; k < w.size(); ++k) {
        sum += 2 * w[k] * std::pow(k, p);
        scale += std::abs(2 * w[k] * std::pow(k, p));
      }
      EXPECT_NEAR(sum, p == 2 ? 2.0 : 0.0, 1e-12 * scale) << "order " << order << ", power " << p;
    }
  }
}

// The error of cos'' falls by 2^order when h is halved; h is chosen so that truncation, not rounding, is measured.
TEST(FiniteDifference, converges_with_its_order) {
  for (int order = 2; order <= 8; order += 2) {
    const auto w = second_derivative_weights(order);
    const auto error = [&](double h) {
      double sum = w[0];
      for (std::size_t k = 1; k < w.size(); ++k) sum += 2 * w[k] * std::cos(static_cast<double>(k) * h);
      return std::abs(sum / (h * h) + 1.0);
    };
    const double slope = std::log2(error(0.4) / error(0.2));
    std::printf("order %d: measured %.3f\n", order, slope);
    EXPECT_NEAR(slope, order, 0.1);
  }
}

TEST(FiniteDifference, first_derivative_at_the_edge_is_the_known_one) {
  const auto w = fornberg_weights(1, 0.0, {0.0, 1.0, 2.0});
  EXPECT_NEAR(w[0], -1.5, 1e-15);
  EXPECT_NEAR(w[1], 2.0, 1e-15);
  EXPECT_NEAR(w[2], -0.5, 1e-15);
}

TEST(FiniteDifference, refuses_other_orders) {
  for (const int order : {0, -2, 3, 18}) EXPECT_THROW(second_derivative_weights(order), UserError) << order;
}

}  // namespace bornflow
