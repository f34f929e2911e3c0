#include "bornflow/inference/diagnostics/posterior_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

constexpr int n_pixels = 20000;

// Truth x_i ~ N(mean_i, std_i^2) with independent pixels, and posterior samples whose deviation is `factor` times that.
CoverageCounter coverage_of_gaussian(int n_samples, double factor) {
  RandomStream random(1, Purpose::test, 11);
  std::vector<float> truth(n_pixels), samples(static_cast<std::size_t>(n_samples) * n_pixels);
  for (int i = 0; i < n_pixels; ++i) {
    const double mean = random.normal(), deviation = random.uniform(0.5, 2);
    truth[i] = static_cast<float>(mean + deviation * random.normal());
    for (int s = 0; s < n_samples; ++s)
      samples[static_cast<std::size_t>(s) * n_pixels + i] = static_cast<float>(mean + factor * deviation * random.normal());
  }
  CoverageCounter counter(n_samples);
  counter.add(samples.data(), truth, std::vector<std::uint8_t>(n_pixels, 1));
  return counter;
}

// Phi(z q_c) for the interval of nominal level c: what samples of deviation `factor` cover, n large.
double normal_inside(double z) { return std::erf(z / std::sqrt(2.0)); }

}  // namespace

// Pixels are independent, so the counts are binomial with standard error sqrt(c (1 - c) / n_pixels) <= 0.0035. The ends
// of the 95 % interval lie between order statistics (39 draws: exactly on the first and last; 79: on the second), so the
// expectation is exact there, and for the others the interpolation errs by less than the bound. Four standard errors.
TEST(Coverage, of_an_exact_posterior_is_nominal_for_any_number_of_samples) {
  for (int n : {39, 79, 199}) {
    const auto counter = coverage_of_gaussian(n, 1.0);
    ASSERT_EQ(counter.nominal(), (std::vector<double>{0.5, 0.8, 0.9, 0.95}));
    EXPECT_EQ(counter.count(), n_pixels);
    for (int k = 0; k < 4; ++k) {
      const double c = counter.nominal()[k];
      EXPECT_NEAR(counter.empirical()[k], c, 4 * std::sqrt(c * (1 - c) / n_pixels)) << n << " samples, level " << c;
    }
  }
}

// Half the deviation: the 95 % interval is +-0.98 true deviations and covers 67 %, the 50 % interval covers 26 %.
// Sampled quantiles widen this a little (n = 199: by less than 0.01).
TEST(Coverage, shows_an_overconfident_posterior) {
  const auto empirical = coverage_of_gaussian(199, 0.5).empirical();
  EXPECT_NEAR(empirical[3], normal_inside(1.95996 / 2), 0.025);
  EXPECT_NEAR(empirical[0], normal_inside(0.67449 / 2), 0.025);
}

TEST(Coverage, leaves_out_levels_that_few_samples_cannot_reach) {
  EXPECT_EQ(CoverageCounter(16).nominal(), (std::vector<double>{0.5, 0.8}));
  EXPECT_EQ(CoverageCounter(19).nominal(), (std::vector<double>{0.5, 0.8, 0.9}));
  EXPECT_EQ(CoverageCounter(39).nominal().size(), 4u);
  EXPECT_THROW(CoverageCounter(2), UserError);
}

TEST(Coverage, counts_the_mask_only_and_closed_intervals) {
  const std::vector<float> samples = {0, 1, 0, 2, 0, 3};  // three samples of two pixels: all 0; 1, 2, 3
  CoverageCounter counter(3, {0.5});                      // [1, 3] in the second pixel
  counter.add(samples.data(), {5, 3}, {0, 1});
  EXPECT_EQ(counter.count(), 1);
  EXPECT_EQ(counter.empirical()[0], 1.0);
  counter.add(samples.data(), {5, 3.001f}, {0, 1});
  EXPECT_EQ(counter.empirical()[0], 0.5);
  counter.add(samples.data(), {0, 2}, {1, 1});  // a point posterior that is right counts as inside
  EXPECT_EQ(counter.empirical()[0], 0.75);
  EXPECT_EQ(below_water(3, 2, 1), (std::vector<std::uint8_t>{0, 0, 1, 1, 1, 1}));
}

// Errors of exactly one predicted deviation, of alternating sign: RMSE = RMV in every bin.
TEST(Uce, is_zero_when_errors_are_as_predicted) {
  PixelErrors pixels;
  for (int i = 0; i < 1000; ++i) {
    const float deviation = 0.5f + 0.001f * static_cast<float>(i);
    pixels.predicted_std.push_back(deviation);
    pixels.error.push_back(i % 2 ? deviation : -deviation);
  }
  for (Binning binning : {Binning::equal_count, Binning::equal_width})
    EXPECT_NEAR(uncertainty_calibration(pixels, 20, binning).uce, 0.0, 1e-12);
}

// All errors three times the predicted deviation: |RMSE - RMV| = 2 RMV, and with constant deviation s the UCE is 2 s.
TEST(Uce, of_scaled_errors_is_the_excess) {
  PixelErrors pixels;
  for (int i = 0; i < 100; ++i) pixels.predicted_std.push_back(0.25f), pixels.error.push_back(0.75f);
  EXPECT_NEAR(uncertainty_calibration(pixels, 7).uce, 0.5, 1e-12);
  EXPECT_NEAR(uncertainty_calibration(pixels, 7, Binning::equal_width).uce, 0.5, 1e-12);
}

// Two kinds of pixels in two bins: (s, e) = (1, 1) three times and (2, 5) once. Equal width: 3/4 * 0 + 1/4 * 3 = 0.75.
// Equal count, two a bin: {1, 1} is right; {1, 2} has RMV sqrt(2.5), RMSE sqrt(13).
TEST(Uce, bins_by_width_or_count) {
  PixelErrors pixels;
  pixels.add({1, 7, 1, 1, 9}, {1, 2, 1, 1, 0}, {0, 2, 0, 0, 0}, {1, 1, 1, 1, 0});
  const auto by_width = uncertainty_calibration(pixels, 2, Binning::equal_width);
  EXPECT_EQ(by_width.count, (std::vector<std::int64_t>{3, 1}));
  EXPECT_NEAR(by_width.uce, 0.75, 1e-12);
  const auto by_count = uncertainty_calibration(pixels, 2, Binning::equal_count);
  EXPECT_EQ(by_count.count, (std::vector<std::int64_t>{2, 2}));
  EXPECT_NEAR(by_count.predicted_std[1], std::sqrt(2.5), 1e-12);
  EXPECT_NEAR(by_count.uce, 0.5 * (std::sqrt(13.0) - std::sqrt(2.5)), 1e-12);
}

TEST(NormalisedResidual, is_the_error_in_predicted_deviations) {
  const auto residual = normalised_residual({1, 2, 3}, {0.5f, 0, 0}, {2, 2, 2});
  EXPECT_EQ(residual[0], -2.0f);
  EXPECT_EQ(residual[1], 0.0f);
  EXPECT_TRUE(std::isinf(residual[2]));
}

}  // namespace bornflow
