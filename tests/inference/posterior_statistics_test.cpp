#include "bornflow/inference/diagnostics/posterior_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

// Type 7 by its definition: of 0, 10, 20, 30 the quantile p is 30 p.
TEST(PosteriorStatistics, quantiles_are_linear_between_sorted_samples) {
  const std::vector<float> sorted = {0, 10, 20, 30};
  for (double p : {0.0, 0.1, 1.0 / 3, 0.5, 0.95, 1.0}) EXPECT_NEAR(quantile(sorted, p), 30 * p, 1e-12);
  EXPECT_EQ(quantile({7}, 0.3), 7.0);
}

// 101 shuffled samples of pixel i are i, i + 1, ..., i + 100: quantile p is i + 100 p, mean i + 50, variance
// (101^2 - 1) / 12 * 101 / 100 = 858.5. 150 pixels cross the block of 64.
TEST(PosteriorStatistics, of_a_known_sample) {
  const int n = 101, size = 150;
  std::vector<float> samples(n * size);
  for (int s = 0; s < n; ++s)
    for (int i = 0; i < size; ++i) samples[s * size + i] = static_cast<float>(i + (s * 37) % n);
  const auto statistics = posterior_statistics(samples.data(), n, size);
  EXPECT_EQ(statistics.n_samples, n);
  for (int i = 0; i < size; ++i) {
    EXPECT_NEAR(statistics.mean[i], i + 50, 2e-5);
    EXPECT_NEAR(statistics.standard_deviation[i], std::sqrt(858.5), 5e-6);
    EXPECT_NEAR(statistics.quantile_05[i], i + 5, 2e-5);
    EXPECT_NEAR(statistics.quantile_25[i], i + 25, 2e-5);
    EXPECT_NEAR(statistics.median[i], i + 50, 2e-5);
    EXPECT_NEAR(statistics.quantile_75[i], i + 75, 2e-5);
    EXPECT_NEAR(statistics.quantile_95[i], i + 95, 2e-5);
  }
}

// A mean of 1e6 with a deviation of 1: the textbook sum of squares would lose it in float.
TEST(PosteriorStatistics, running_moments_do_not_cancel) {
  RunningMoments moments(1);
  for (int i = 0; i < 1000; ++i) {
    const float value = 1.0e6f + (i % 2 ? 1.0f : -1.0f);
    moments.add(&value);
  }
  EXPECT_EQ(moments.mean()[0], 1.0e6f);
  EXPECT_NEAR(moments.standard_deviation()[0], std::sqrt(1000.0 / 999), 1e-6);
  RunningMoments single(1);
  const float one = 1;
  single.add(&one);
  EXPECT_EQ(single.standard_deviation()[0], 0.0f);
}

// A NaN would stay in the mean for all that follow, and an infinite number make one of it.
TEST(PosteriorStatistics, running_moments_refuse_samples_that_are_not_finite) {
  RunningMoments moments(2);
  const float good[2] = {1, 2}, nan[2] = {1, NAN}, infinite[2] = {-INFINITY, 2};
  moments.add(good);
  EXPECT_THROW(moments.add(nan), NumericalError);
  EXPECT_THROW(moments.add(infinite), NumericalError);
}

TEST(PosteriorStatistics, refuses_samples_that_are_not_finite) {
  std::vector<float> samples(10, 1.0f);
  samples[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(posterior_statistics(samples.data(), 5, 2), NumericalError);
  EXPECT_THROW(quantiles(samples.data(), 5, 2, {0.5}), NumericalError);
}

}  // namespace bornflow
