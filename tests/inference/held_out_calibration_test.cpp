#include "bornflow/inference/diagnostics/held_out_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bornflow/base/random.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"

namespace bornflow {

namespace {

constexpr int n_samples = 64, size = 50;

std::vector<float> normals(std::uint64_t item, std::size_t count, double deviation) {
  RandomStream random(1, Purpose::test, item, 21);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(deviation * random.normal());
  return values;
}

}  // namespace

// Samples of deviation 1 and truths of deviation 1.5: intervals must be 1.5 times as wide. 20000 truths: the 80 % quantile
// of |truth| has the standard error 0.4 / (sqrt(20000) 2 x 0.175 / 1.28) = 1 % of itself; ends from 64 samples add noise to
// each interval, which spreads the distances and raises their quantile by 2 %.
TEST(HeldOutCalibration, stretch_is_the_ratio_of_the_deviations) {
  IntervalStretch stretch(n_samples, 0.8);
  const std::vector<std::uint8_t> mask(size, 1);
  for (std::uint64_t i = 0; i < 400; ++i)
    stretch.add(normals(2 * i, n_samples * size, 1).data(), normals(2 * i + 1, size, 1.5), mask);
  EXPECT_EQ(stretch.distances().size(), 400u * size);
  EXPECT_NEAR(stretch_for(stretch.distances(), 0.8), 1.5, 0.06);
}

// Its meaning: what is stretched by it covers the level, as the counter of coverage counts it.
TEST(HeldOutCalibration, stretched_samples_cover_the_level) {
  IntervalStretch stretch(n_samples, 0.8);
  CoverageCounter before(n_samples, {0.8}), after(n_samples, {0.8});
  const std::vector<std::uint8_t> mask(size, 1);
  for (std::uint64_t i = 0; i < 100; ++i)
    stretch.add(normals(2 * i, n_samples * size, 1).data(), normals(2 * i + 1, size, 1.5), mask);
  const double factor = stretch_for(stretch.distances(), 0.8);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto truth = normals(2 * i + 1, size, 1.5);
    before.add(normals(2 * i, n_samples * size, 1).data(), truth, mask);
    after.add(normals(2 * i, n_samples * size, factor).data(), truth, mask);
  }
  EXPECT_LT(before.empirical()[0], 0.65);
  EXPECT_NEAR(after.empirical()[0], 0.8, 0.015);  // symmetric draws: the middles, which stay in place, are nearly 0
}

TEST(HeldOutCalibration, mask_leaves_pixels_out_and_points_are_infinitely_far) {
  IntervalStretch stretch(n_samples, 0.8);
  stretch.add(std::vector<float>(n_samples * 2, 1.0f).data(), {2, 3}, {1, 0});
  ASSERT_EQ(stretch.distances().size(), 1u);
  EXPECT_EQ(stretch.distances()[0], std::numeric_limits<float>::infinity());
}

// Samples exp(0.1 (s - 1)) times one image, s = 0, 1, 2, and a truth of 1.5 times the image.
TEST(HeldOutCalibration, amplitude_of_one_image) {
  const std::vector<float> image = {9, 1, -2, 2}, truth = {0, 1.5f, -3, 3};
  const std::vector<std::uint8_t> mask = {0, 1, 1, 1};
  EXPECT_NEAR(log_amplitude(image.data(), mask), 0.5 * std::log(3.0), 1e-12);
  std::vector<float> samples;
  for (int s = 0; s < 3; ++s)
    for (const float value : image) samples.push_back(static_cast<float>(std::exp(0.1 * (s - 1)) * value));
  const HeldOutAmplitude a = held_out_amplitude(0.7, samples.data(), 3, truth, mask);
  EXPECT_EQ(a.log_strength, 0.7);
  EXPECT_NEAR(a.excess, std::log(1.5), 1e-6);
  EXPECT_NEAR(a.variance, 0.01 * (1 + 1.0 / 3), 1e-6);
}

// excess = 0.05 - 0.3 log strength + N(0, 0.1^2), of which the samples admit to 0.06^2. 400 images with log strengths of
// deviation 0.25: standard errors 0.1 / 20 = 0.005 of the offset, 0.02 of the slope, 0.01 sqrt(2 / 400) = 0.0007 of the
// variance. Four of each.
TEST(HeldOutCalibration, finds_the_error_of_the_amplitude) {
  RandomStream random(1, Purpose::test, 0, 22);
  std::vector<HeldOutAmplitude> images;
  for (int i = 0; i < 400; ++i) {
    const double strength = 0.25 * random.normal();
    images.push_back({strength, 0.05 - 0.3 * strength + 0.1 * random.normal(), 0.06 * 0.06});
  }
  const AmplitudeError error = fit_amplitude_error(images);
  EXPECT_NEAR(error.offset, 0.05, 0.02);
  EXPECT_NEAR(error.slope, -0.3, 0.08);
  EXPECT_NEAR(error.unexplained_variance, 0.01 - 0.0036, 0.0028);
  for (HeldOutAmplitude& image : images) image.log_strength = 0.1;
  EXPECT_EQ(fit_amplitude_error(images).slope, 0);
}

// What is left has nothing along the direction, over the pixels of the mask; the others are as they were.
TEST(HeldOutCalibration, a_direction_is_taken_out_below_the_water) {
  const std::vector<float> direction = {9, 1, 2, -1};
  const std::vector<std::uint8_t> mask = {0, 1, 1, 1};
  std::vector<float> image = {5, 3, 1, -1};
  remove_along(direction, mask, image.data());
  EXPECT_EQ(image, (std::vector<float>{5, 2, -1, 0}));
  remove_along({1, 0, 0, 0}, mask, image.data());
  EXPECT_EQ(image, (std::vector<float>{5, 2, -1, 0})) << "no direction, nothing to take out";
}

}  // namespace bornflow
