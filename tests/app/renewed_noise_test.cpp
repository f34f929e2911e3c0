#include <gtest/gtest.h>

#include <cmath>

#include "src/app/refine/sensing_problem.hpp"

/// What pairs of compressed sensing get in each epoch.
namespace bornflow {

namespace {

constexpr int pairs = 200, numbers = 64;
constexpr double sigma = 0.3;

RunConfig config_of(bool negate, bool redraw_noise, double x_noise) {
  RunConfig config;
  config.compressed_sensing.noise = sigma;
  config.train.epochs = 5;
  config.train.negate = negate;
  config.train.redraw_noise = redraw_noise;
  config.train.x_noise = config.train.x_noise_end = x_noise;
  return config;
}

/// Pairs of which each number tells where it comes from, and noise that is one constant.
struct Pairs {
  Batch x = Batch(pairs, numbers), clean = x, y = x;
  Pairs() {
    for (int i = 0; i < pairs; ++i)
      for (int c = 0; c < numbers; ++c) {
        x.row(i)[c] = 3 + std::sin(1.0 * (i * numbers + c));
        clean.row(i)[c] = 5 + std::cos(1.0 * (i * numbers + c));
        y.row(i)[c] = clean.row(i)[c] + 0.25;
      }
  }
};

struct Renewed {
  std::vector<double> signs, noise, x_noise;   // the noise of y; of x without its sign
};

/// All pairs in an epoch, in the order that `numbers_of` gives.
Renewed renew(const RunConfig& config, int epoch, bool backwards = false) {
  const Pairs fresh;
  std::vector<int> order;
  for (int i = 0; i < pairs; ++i) order.push_back(backwards ? pairs - 1 - i : i);
  Batch x = rows(fresh.x, order), y = rows(fresh.y, order);
  renewed_noise(config, fresh.clean)(epoch, order, x, y);
  Renewed result;
  for (int number = 0; number < pairs; ++number) {
    const int i = backwards ? pairs - 1 - number : number;
    const double sign = y.row(i)[0] > 0 ? 1 : -1;   // clean data are above 4, their noise is not
    result.signs.push_back(sign);
    for (int c = 0; c < numbers; ++c) {
      result.noise.push_back(y.row(i)[c] - sign * fresh.clean.row(number)[c]);
      result.x_noise.push_back(x.row(i)[c] - sign * fresh.x.row(number)[c]);
    }
  }
  return result;
}

/// Mean of a b. Of independent normal numbers it scatters by sigma_a sigma_b / sqrt(12800), 0.9 %.
double mean_product(const std::vector<double>& a, const std::vector<double>& b, int shift = 0) {
  double sum = 0;
  for (std::size_t i = 0; i + shift < a.size(); ++i) sum += a[i] * b[i + shift] / static_cast<double>(a.size() - shift);
  return sum;
}

double mean(const std::vector<double>& values) { return mean_product(values, std::vector<double>(values.size(), 1.0)); }

}  // namespace

TEST(RenewedNoise, has_the_deviation_of_the_likelihood_and_no_mean) {
  const Renewed renewed = renew(config_of(true, true, 0.1), 2);
  EXPECT_NEAR(mean_product(renewed.noise, renewed.noise) / (sigma * sigma), 1, 0.05);   // 4 sqrt(2) of the 0.9 %
  EXPECT_NEAR(mean_product(renewed.x_noise, renewed.x_noise) / 0.01, 1, 0.05);
  EXPECT_NEAR(mean(renewed.noise) / sigma, 0, 0.036);
  EXPECT_NEAR(mean(renewed.x_noise) / 0.1, 0, 0.036);
}

// Between the numbers of a pair, between pairs, between epochs, and from the noise of the image.
TEST(RenewedNoise, is_independent) {
  const RunConfig config = config_of(true, true, 0.1);
  const Renewed one = renew(config, 2), next = renew(config, 3);
  for (const int shift : {1, numbers}) EXPECT_NEAR(mean_product(one.noise, one.noise, shift) / (sigma * sigma), 0, 0.036);
  EXPECT_NEAR(mean_product(one.noise, next.noise) / (sigma * sigma), 0, 0.036);
  EXPECT_NEAR(mean_product(one.x_noise, next.x_noise) / 0.01, 0, 0.036);
  EXPECT_NEAR(mean_product(one.noise, one.x_noise) / (sigma * 0.1), 0, 0.036);
}

// x and y of a pair change together: x_noise would be -2 x else. A fair coin's mean of 200 scatters by 0.07.
TEST(RenewedNoise, changes_the_sign_of_half_the_pairs) {
  const Renewed one = renew(config_of(true, true, 0), 2), next = renew(config_of(true, true, 0), 3);
  EXPECT_EQ(one.x_noise, std::vector<double>(pairs * numbers, 0.0));
  EXPECT_NEAR(mean(one.signs), 0, 0.28);
  EXPECT_NEAR(mean_product(one.signs, next.signs), 0, 0.28);
  EXPECT_EQ(renew(config_of(false, true, 0), 2).signs, std::vector<double>(pairs, 1.0));
}

// The noise is that of the measurement: another sign of the image does not change it.
TEST(RenewedNoise, keeps_the_noise_of_the_pair_where_none_is_drawn) {
  const Renewed kept = renew(config_of(true, false, 0), 2);
  EXPECT_LT(mean(kept.signs), 0.5);
  for (const double value : kept.noise) EXPECT_NEAR(value, 0.25, 1e-14);   // rounding of numbers up to 6
}

TEST(RenewedNoise, is_a_function_of_pair_and_epoch_whatever_the_batch) {
  const RunConfig config = config_of(true, true, 0.1);
  const Renewed one = renew(config, 2), backwards = renew(config, 2, true);
  EXPECT_EQ(one.signs, backwards.signs);
  EXPECT_EQ(one.noise, backwards.noise);
  EXPECT_EQ(one.x_noise, backwards.x_noise);
  RunConfig other = config;
  other.run.seed += 1;
  EXPECT_NEAR(mean_product(one.noise, renew(other, 2).noise) / (sigma * sigma), 0, 0.036);
}

TEST(SensingProblemTest, has_data_with_the_noise_that_its_likelihood_knows) {
  RunConfig config;
  config.compressed_sensing.noise = sigma;
  const SensingProblem problem = make_sensing_problem(config);
  EXPECT_EQ(problem.likelihood().sigma(), sigma);
  const std::vector<double> clean = problem.convolution->project(problem.truth.data());
  std::vector<double> noise;
  for (std::size_t i = 0; i < clean.size(); ++i) noise.push_back(problem.observed[i] - clean[i]);
  // 1024 numbers: four times a scatter of sqrt(2 / 1024).
  EXPECT_NEAR(mean_product(noise, noise) / (sigma * sigma), 1, 0.18);
}

}  // namespace bornflow
