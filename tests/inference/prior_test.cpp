#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/priors/reflectivity_prior.hpp"

namespace bornflow {

namespace {

ReflectivityPrior reflectivity(const std::string& mode, std::uint64_t seed = 1) {
  ReflectivityOptions options;
  options.nz = 64;
  options.nx = 48;  // not square: a swapped index is seen
  options.water_rows = 4;
  options.mode = mode;
  options.seed = seed;
  return ReflectivityPrior(options);
}

// Correlation of pixels `dz` rows and `dx` columns apart, over `n` images below the water; their mean is zero.
double correlation(const Prior& prior, int nz, int nx, int water_rows, int dz, int dx, int n) {
  double cross = 0, energy = 0;
  for (int i = 0; i < n; ++i) {
    const auto image = prior.draw(i);
    for (int iz = water_rows; iz + dz < nz; ++iz)
      for (int ix = 0; ix + dx < nx; ++ix) {
        const double a = image[iz * nx + ix], b = image[(iz + dz) * nx + ix + dx];
        cross += a * b;
        energy += 0.5 * (a * a + b * b);
      }
  }
  return cross / energy;
}

}  // namespace

TEST(ReflectivityPrior, image_is_a_function_of_seed_and_index_only) {
  const auto prior = reflectivity("shallow");
  const auto third = prior.draw(3);
  prior.draw(0);
  EXPECT_EQ(prior.draw(3), third);
  EXPECT_EQ(reflectivity("shallow").draw(3), third);
  EXPECT_NE(prior.draw(4), third);
  EXPECT_NE(reflectivity("shallow", 2).draw(3), third);
  EXPECT_NE(reflectivity("deep").draw(3), third);
}

// The image is normalised in double and rounded to float: each pixel errs by 6e-8 of its value, the mean by less than
// 1e-6, the variance by about as little.
TEST(ReflectivityPrior, water_is_zero_and_rock_has_the_stated_mean_and_deviation) {
  for (const auto& [mode, deviation] : {std::pair{"shallow", 1.0}, std::pair{"deep", 0.7}}) {
    const auto prior = reflectivity(mode);
    for (int i = 0; i < 20; ++i) {
      const auto image = prior.draw(i);
      ASSERT_EQ(image.size(), 64u * 48u);
      for (int j = 0; j < 4 * 48; ++j) ASSERT_EQ(image[j], 0.0f);
      double mean = 0, square = 0;
      for (std::size_t j = 4 * 48; j < image.size(); ++j) mean += image[j], square += double(image[j]) * image[j];
      EXPECT_NEAR(mean / (60 * 48), 0.0, 1e-6);
      EXPECT_NEAR(std::sqrt(square / (60 * 48)), deviation, 1e-6);
    }
  }
}

// Layers are laid down flat: five columns away the reflector is still there, five rows away is another one. The bounds
// leave room around the measured 0.73 and -0.16; isotropic noise would give equal numbers.
TEST(ReflectivityPrior, is_far_smoother_along_the_layers_than_across) {
  const auto prior = reflectivity("shallow");
  EXPECT_GT(correlation(prior, 64, 48, 4, 0, 5, 100), 0.4);
  EXPECT_LT(std::abs(correlation(prior, 64, 48, 4, 5, 0, 100)), 0.25);
}

// Twice the blur: next rows of the deep mode agree much better. For an impulse blurred by sigma the correlation one row
// away is exp(-1 / (4 sigma^2)): 0.68 and 0.91; measured 0.71 and 0.90.
TEST(ReflectivityPrior, deep_layers_are_thicker) {
  const double shallow = correlation(reflectivity("shallow"), 64, 48, 4, 1, 0, 50);
  const double deep = correlation(reflectivity("deep"), 64, 48, 4, 1, 0, 50);
  EXPECT_GT(shallow, 0.6);
  EXPECT_LT(shallow, 0.82);
  EXPECT_GT(deep, 0.87);
}

TEST(ReflectivityPrior, flat_layers_without_texture_are_constant_along_x) {
  ReflectivityStatistics s;
  s.fold_amplitude = 0;
  s.fault_probability = 0;
  s.modulation = 0;
  ReflectivityOptions options;
  const auto image = ReflectivityPrior(options, s).draw(0);
  for (int iz = 0; iz < 64; ++iz)
    for (int ix = 1; ix < 64; ++ix) ASSERT_EQ(image[iz * 64 + ix], image[iz * 64]);
}

// A fault with throw t: far to the left the layers are untouched, far to the right they lie deeper by t.
TEST(ReflectivityPrior, fault_moves_one_side) {
  ReflectivityStatistics s;
  s.fold_amplitude = 0;
  s.modulation = 0;
  ReflectivityOptions options;
  options.nx = 256;
  s.fault_probability = 0;
  const auto whole = ReflectivityPrior(options, s).draw(5);
  s.fault_probability = 1;
  const auto faulted = ReflectivityPrior(options, s).draw(5);
  double left = 0, right = 0, energy = 0;
  for (int iz = 0; iz < 64; ++iz) {
    const auto square = [&](int ix) { return std::pow(double(faulted[iz * 256 + ix]) - whole[iz * 256 + ix], 2); };
    left += square(0);
    right += square(255);
    energy += std::pow(double(whole[iz * 256]), 2);
  }
  EXPECT_LT(left, 0.05 * energy);  // not zero: mean and scale belong to the whole image
  EXPECT_GT(right, 0.2 * energy);
}

TEST(ReflectivityPrior, refuses_what_cannot_be) {
  ReflectivityOptions options;
  options.mode = "depp";
  EXPECT_THROW(ReflectivityPrior{options}, UserError);
  options.mode = "deep";
  options.nz = 10;
  EXPECT_THROW(ReflectivityPrior{options}, UserError);
  PriorOptions named;
  named.name = "gaussian";
  EXPECT_THROW(make_prior(named), UserError);
}

TEST(ReflectivityPrior, is_made_by_name_and_describes_itself) {
  PriorOptions options;
  options.mode = "deep";
  options.seed = 9;
  const auto prior = make_prior(options);
  EXPECT_EQ(prior->draw(2).size(), 64u * 64u);
  EXPECT_NE(prior->description().find("seed 9"), std::string::npos);
  EXPECT_NE(prior->description().find("deep"), std::string::npos);
}

}  // namespace bornflow
