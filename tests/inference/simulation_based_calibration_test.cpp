#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"

namespace bornflow {

namespace {

// x ~ N(0, I) in two dimensions, y = A x + noise with A = ((1, 1/2), (0, 1)) and noise deviation 1/2. The exact posterior
// is N(P^-1 A^T y / 0.25, P^-1), P = I + A^T A / 0.25. Samples are drawn with the deviation times `factor` and the mean plus
// `shift` posterior deviations. Statistics: both components, the energy, and their difference.
CalibrationTest calibrate(double factor, double shift, std::uint64_t seed) {
  constexpr int n_runs = 500, n_draws = 63;
  const double p11 = 5, p12 = 2, p22 = 6, determinant = p11 * p22 - p12 * p12;
  const double c11 = p22 / determinant, c12 = -p12 / determinant, c22 = p11 / determinant;
  const double l11 = std::sqrt(c11), l21 = c12 / l11, l22 = std::sqrt(c22 - l21 * l21);
  const auto statistics = [](double a, double b) { return std::vector<double>{a, b, a * a + b * b, a - b}; };
  SimulationBasedCalibration sbc(4, n_draws, seed);
  for (int run = 0; run < n_runs; ++run) {
    RandomStream random(seed, Purpose::test, static_cast<std::uint64_t>(run));
    const double x1 = random.normal(), x2 = random.normal();
    const double y1 = x1 + 0.5 * x2 + 0.5 * random.normal(), y2 = x2 + 0.5 * random.normal();
    const double b1 = 4 * y1, b2 = 4 * (0.5 * y1 + y2);
    const double m1 = c11 * b1 + c12 * b2 + shift * std::sqrt(c11), m2 = c12 * b1 + c22 * b2 + shift * std::sqrt(c22);
    std::vector<std::vector<double>> draws;
    for (int s = 0; s < n_draws; ++s) {
      const double z1 = random.normal(), z2 = random.normal();
      draws.push_back(statistics(m1 + factor * l11 * z1, m2 + factor * (l21 * z1 + l22 * z2)));
    }
    sbc.add(run, statistics(x1, x2), draws);
  }
  EXPECT_EQ(sbc.n_runs(), n_runs);
  return sbc.test();
}

std::vector<int> uniform_ranks(int n_runs, int n_draws, std::uint64_t item) {
  RandomStream random(3, Purpose::test, item);
  std::vector<int> ranks(n_runs);
  for (int& rank : ranks) rank = random.integer(0, n_draws);
  return ranks;
}

}  // namespace

// Closed forms: with 2 degrees of freedom exp(-x/2), with 4 (1 + x/2) exp(-x/2), with 1 erfc(sqrt(x/2)).
TEST(ChiSquare, survival_has_its_closed_forms) {
  for (double x : {0.01, 0.5, 2.0, 3.0, 7.0, 40.0, 200.0}) {
    EXPECT_NEAR(chi_square_survival(x, 2) / std::exp(-x / 2), 1.0, 1e-12);
    EXPECT_NEAR(chi_square_survival(x, 4) / ((1 + x / 2) * std::exp(-x / 2)), 1.0, 1e-12);
    EXPECT_NEAR(chi_square_survival(x, 1) / std::erfc(std::sqrt(x / 2)), 1.0, 1e-11);
  }
  EXPECT_EQ(chi_square_survival(0, 3), 1.0);
}

// 1000 sets of uniform ranks: a p-value below 0.05 comes with frequency 0.05, standard error 0.0069, and one below 0.5
// with 0.5, standard error 0.016; four of them. Chi-square of about five a bin is only nearly its limit: 0.01 on top.
// Ranks are discrete, so that several sets share a tail and p may be a little too large: one-sided below.
TEST(UniformityTest, rejects_uniform_ranks_as_often_as_it_says) {
  const int n_runs = 200, n_draws = 31, n_sets = 1000;
  const UniformityTest test(n_runs, n_draws);
  int ecdf_005 = 0, chi_005 = 0, ecdf_05 = 0, combined_005 = 0;
  for (int set = 0; set < n_sets; ++set) {
    const auto p = test(uniform_ranks(n_runs, n_draws, static_cast<std::uint64_t>(set)));
    ecdf_005 += p.ecdf <= 0.05;
    ecdf_05 += p.ecdf <= 0.5;
    chi_005 += p.chi_square <= 0.05;
    combined_005 += p.combined <= 0.05;
  }
  EXPECT_NEAR(double(ecdf_005) / n_sets, 0.05, 0.028);
  EXPECT_NEAR(double(ecdf_05) / n_sets, 0.5, 0.064);
  EXPECT_NEAR(double(chi_005) / n_sets, 0.05, 0.038);
  EXPECT_LT(double(combined_005) / n_sets, 0.05 + 0.028);
}

// Two ranks, 0 and 1: the number of zeros among ten is Binomial(10, 1/2), and nine or more of either are 22 of 1024 cases.
// The simulation of 5000 sets finds that to 0.002, one standard error; four are allowed. Chi-square is 2 (9 - 5)^2 / 5 = 6.4.
TEST(UniformityTest, of_two_ranks_is_two_sided) {
  const UniformityTest test(10, 1);
  for (const int many : {0, 1}) {
    std::vector<int> ranks(10, many);
    ranks[3] = 1 - many;
    const UniformityPValues p = test(ranks);
    EXPECT_NEAR(p.ecdf, 22.0 / 1024, 0.008) << many;
    EXPECT_NEAR(p.chi_square, std::erfc(std::sqrt(3.2)), 1e-12) << many;
    EXPECT_DOUBLE_EQ(p.combined, 2 * p.chi_square) << many;
  }
  const UniformityPValues even = test({0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  EXPECT_EQ(even.ecdf, 1);
  EXPECT_EQ(even.chi_square, 1);
  EXPECT_EQ(even.combined, 1);
  // 200 zeros in a row were not simulated: the smallest p-value there is.
  EXPECT_DOUBLE_EQ(UniformityTest(200, 1, 400)(std::vector<int>(200, 0)).ecdf, 1.0 / 401);
}

// A slope that doubles the density from one end to the other: 500 ranks have a mean 0.056 from the centre, 4.3 standard
// errors of 1 / sqrt(12 * 500) = 0.013, a two-sided probability near 2e-5.
TEST(UniformityTest, sees_a_slope) {
  RandomStream random(5, Purpose::test, 0);
  std::vector<int> ranks(500);
  for (int& rank : ranks) {
    double u = random.uniform();
    u = (-2 + std::sqrt(4 + 12 * u)) / 2;  // density (2 + 2 u) / 3 on (0, 1)
    rank = static_cast<int>(100 * u);
  }
  const UniformityTest test(500, 99);
  EXPECT_LT(test(ranks).ecdf, 0.005);
}

TEST(SimulationBasedCalibration, an_exact_posterior_passes) {
  for (std::uint64_t seed : {1, 2, 3}) {
    const auto test = calibrate(1.0, 0.0, seed);
    EXPECT_GT(test.combined, 0.01) << "seed " << seed;  // false alarm at most once in 100 seeds
    EXPECT_EQ(test.p_value.size(), 4u);
  }
}

// Half the deviation: 500 ranks of which about 20 % instead of 3 % fall on the two ends. A shift by half a deviation: mean rank
// 0.36 instead of 0.5, 10 standard errors. Both are far beyond doubt.
TEST(SimulationBasedCalibration, a_wrong_deviation_or_a_bias_fails_strongly) {
  EXPECT_LT(calibrate(0.5, 0.0, 1).combined, 1e-10);
  EXPECT_LT(calibrate(2.0, 0.0, 1).combined, 1e-10);
  EXPECT_LT(calibrate(1.0, 0.5, 1).combined, 1e-10);
  EXPECT_LT(calibrate(1.25, 0.0, 1).combined, 0.01);
}

TEST(SimulationBasedCalibration, breaks_ties_at_random_but_repeatably) {
  const std::vector<double> draws = {1, 2, 2, 2, 3};
  std::vector<int> seen(6, 0);
  for (int run = 0; run < 400; ++run) {
    const int rank = rank_statistic(2, draws, 1, run, 0);
    EXPECT_EQ(rank, rank_statistic(2, draws, 1, run, 0));
    ++seen[rank];
  }
  EXPECT_EQ(seen[0] + seen[5], 0);
  for (int rank = 1; rank <= 4; ++rank) EXPECT_NEAR(seen[rank], 100, 35);  // four standard errors of 8.7
  EXPECT_EQ(rank_statistic(0, draws, 1, 0, 0), 0);
  EXPECT_EQ(rank_statistic(4, draws, 1, 0, 0), 5);
}

TEST(SimulationBasedCalibration, refuses_too_few_runs_and_values_that_are_not_finite) {
  SimulationBasedCalibration sbc(1, 3);
  sbc.add(0, {0.5}, {{0}, {1}, {2}});
  EXPECT_EQ(sbc.ranks(), std::vector<int>{1});
  EXPECT_THROW(sbc.test(), UserError);
  EXPECT_THROW(sbc.add(1, {0.5}, {{0}, {std::nan("")}, {2}}), NumericalError);
}

// A constant image of 2 in the rock: every local average 2, energy 4 * 60 * 32; water does not count.
TEST(ImageStatistics, of_a_constant_image) {
  const ImageStatistics statistics(64, 32, 4);
  ASSERT_EQ(statistics.count(), 13);
  std::vector<float> image(64 * 32, 2.0f);
  for (int i = 0; i < 4 * 32; ++i) image[i] = 1000;
  const auto values = statistics(image.data());
  for (int k = 0; k < 8; ++k) EXPECT_EQ(values[k], 2.0) << statistics.names()[k];
  EXPECT_EQ(values[8], 4.0 * 60 * 32);
  EXPECT_NE(values[9], values[10]);
  EXPECT_THROW(ImageStatistics(5, 32, 4), UserError);
}

// Images of white noise and draws of the same law: the image form of add() gives ranks in range, all statistics pass.
TEST(ImageStatistics, calibrate_images_of_the_same_law) {
  const ImageStatistics statistics(12, 10, 2);
  const int n_draws = 15, size = 120;
  SimulationBasedCalibration sbc(statistics.count(), n_draws);
  for (int run = 0; run < 200; ++run) {
    RandomStream random(1, Purpose::test, static_cast<std::uint64_t>(run), 5);
    std::vector<float> images((n_draws + 1) * size);
    for (float& value : images) value = static_cast<float>(random.normal());
    sbc.add(run, statistics, images.data(), images.data() + size, size);
  }
  EXPECT_GT(sbc.test().combined, 0.01);
}

}  // namespace bornflow
