#include "bornflow/inference/diagnostics/summary_novelty.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/numerics/principal_components.hpp"
#include "bornflow/inference/priors/reflectivity_prior.hpp"

namespace bornflow {

namespace {

constexpr int size = 200;

// mean 1, components cos(pi k i / size) with variance 100 / k^2, k = 1 ... 10, and white noise of deviation 0.1.
std::vector<float> summary(std::uint64_t item, double amplitude = 1, double noise = 0.1) {
  RandomStream random(1, Purpose::test, item, 7);
  std::vector<double> values(size, 1.0);
  for (int k = 1; k <= 10; ++k) {
    const double coefficient = amplitude * 10.0 / k * random.normal();
    for (int i = 0; i < size; ++i)
      values[i] += coefficient * std::cos(3.14159265358979 * k * (i + 0.5) / size) * std::sqrt(2.0 / size);
  }
  for (double& value : values) value += noise * random.normal();
  return {values.begin(), values.end()};
}

std::vector<float> training(int n) {
  std::vector<float> all;
  for (int s = 0; s < n; ++s) {
    const auto one = summary(static_cast<std::uint64_t>(s));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

}  // namespace

// The matrix Q diag(3, 1, -2) Q^T with the rotation Q by 0.3 about the first axis, then by 0.7 about the third.
TEST(PrincipalComponents, jacobi_finds_known_eigenvectors) {
  const double c = std::cos(0.3), s = std::sin(0.3), d = std::cos(0.7), t = std::sin(0.7);
  const double q[3][3] = {{d, -t * c, t * s}, {t, d * c, -d * s}, {0, s, c}};  // columns are the eigenvectors
  const double lambda[3] = {3, 1, -2};
  std::vector<double> matrix(9, 0.0), values, vectors;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) matrix[i * 3 + j] += lambda[k] * q[i][k] * q[j][k];
  symmetric_eigenvectors(matrix, 3, values, vectors);
  for (int k = 0; k < 3; ++k) {
    EXPECT_NEAR(values[k], lambda[k], 1e-14);
    EXPECT_NEAR(std::abs(vectors[k * 3] * q[0][k] + vectors[k * 3 + 1] * q[1][k] + vectors[k * 3 + 2] * q[2][k]), 1, 1e-14);
  }
}

// Samples that lie exactly in a plane: +-3 e_1 and +-1 e_2 about (5, 5, ...). Variances 18 / 3 and 2 / 3; no third.
TEST(PrincipalComponents, of_a_plane_are_two) {
  std::vector<float> samples(4 * 10, 5.0f);
  samples[0 * 10 + 0] += 3;
  samples[1 * 10 + 0] -= 3;
  samples[2 * 10 + 1] += 1;
  samples[3 * 10 + 1] -= 1;
  const auto result = principal_components(samples.data(), 4, 10, 3);
  ASSERT_EQ(result.variances.size(), 2u);
  EXPECT_NEAR(result.variances[0], 6.0, 1e-6);
  EXPECT_NEAR(result.variances[1], 2.0 / 3, 1e-6);
  EXPECT_NEAR(std::abs(result.components[0]), 1.0, 1e-6);
  EXPECT_NEAR(std::abs(result.components[10 + 1]), 1.0, 1e-6);
  EXPECT_EQ(result.mean, std::vector<float>(10, 5.0f));
}

TEST(PrincipalComponents, are_orthonormal_and_find_the_variances) {
  const auto samples = training(600);
  const auto result = principal_components(samples.data(), 600, size, 10);
  ASSERT_EQ(result.variances.size(), 10u);
  for (int a = 0; a < 10; ++a)
    for (int b = 0; b <= a; ++b) {
      double product = 0;
      for (int i = 0; i < size; ++i) product += double(result.components[a * size + i]) * result.components[b * size + i];
      EXPECT_NEAR(product, a == b, 2e-6);  // rounded to float
    }
  // A sample variance of 600 has a relative standard error of sqrt(2 / 599) = 0.058; the noise adds 0.01. Four of them,
  // for the leading ones, which are well apart.
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(result.variances[k] / (100.0 / ((k + 1) * (k + 1))), 1, 0.24);
}

// p-values of 400 new summaries of the same law against 200 held-out ones. Standard error of their mean: 0.29 sqrt(1/400 +
// 1/200) = 0.025; of the fraction below 0.1: sqrt(0.09 (1/400 + 1/200)) = 0.026. Bounds are four of them.
TEST(SummaryNovelty, p_values_of_familiar_summaries_are_uniform) {
  const auto samples = training(800);
  const auto reference = fit_summary_novelty(samples.data(), 800, 1, size);
  ASSERT_EQ(reference.held_out.size(), 200u);
  double mean = 0, below = 0;
  for (int s = 0; s < 400; ++s) {
    const auto result = score_novelty(reference, summary(10000 + static_cast<std::uint64_t>(s)));
    mean += result.p_value / 400;
    below += (result.p_value <= 0.1) / 400.0;
  }
  EXPECT_NEAR(mean, 0.5, 0.1);
  EXPECT_NEAR(below, 0.1, 0.104);
}

// Three times the amplitude: log M grows by 2.2, where its spread is about sqrt(2 / 10) = 0.45. Noise of deviation 1
// instead of 0.1: log r grows by 4.6. A constant added to the image is a direction which training never took. No noise at
// all: nothing is left over, which is as foreign.
TEST(SummaryNovelty, foreign_summaries_have_a_small_p_value) {
  const auto samples = training(800);
  const auto reference = fit_summary_novelty(samples.data(), 800, 1, size);
  int found = 0;
  for (std::uint64_t s = 0; s < 20; ++s) found += score_novelty(reference, summary(20000 + s, 3)).p_value < 0.02;
  EXPECT_GE(found, 18);
  EXPECT_EQ(score_novelty(reference, summary(30000, 1, 1)).p_value, 1.0 / 201);
  EXPECT_EQ(score_novelty(reference, summary(30000, 1, 0)).p_value, 1.0 / 201);
  auto shifted = summary(30001);
  for (float& value : shifted) value += 1;
  EXPECT_EQ(score_novelty(reference, shifted).p_value, 1.0 / 201);
}

// The use it is made for: a flow trained on shallow layers is shown the deep, strongly folded kind, here in the
// images themselves.
TEST(SummaryNovelty, tells_deep_layers_from_shallow_ones) {
  ReflectivityOptions options;
  options.nz = options.nx = 32;
  const ReflectivityPrior shallow(options);
  options.mode = "deep";
  const ReflectivityPrior deep(options);
  std::vector<float> samples;
  for (int i = 0; i < 500; ++i) {
    const auto image = shallow.draw(i);
    samples.insert(samples.end(), image.begin(), image.end());
  }
  const auto reference = fit_summary_novelty(samples.data(), 500, 32, 32);
  double familiar = 0, foreign = 0;
  for (int i = 500; i < 600; ++i) {
    familiar += score_novelty(reference, shallow.draw(i)).p_value / 100;
    foreign += score_novelty(reference, deep.draw(i)).p_value / 100;
  }
  RecordProperty("p_value_shallow", std::to_string(familiar));
  RecordProperty("p_value_deep", std::to_string(foreign));
  EXPECT_NEAR(familiar, 0.5, 4 * 0.29 * std::sqrt(1.0 / 100 + 1.0 / 125));
  EXPECT_LT(foreign, 0.1);  // measured 0.025; 0.97 for a score that calls only strong and rough images foreign
}

// Steep layers of ordinary strength and thickness: an image of the prior whose columns slide down by half a row each. The
// patterns of a few hundred images do not tell them from familiar ones; their dips do.
TEST(SummaryNovelty, tells_steep_layers_from_flat_ones) {
  ReflectivityOptions options;
  options.nz = options.nx = 48;
  options.water_rows = 0;
  const ReflectivityPrior prior(options);
  std::vector<float> samples;
  for (int i = 0; i < 400; ++i) {
    const auto image = prior.draw(i);
    samples.insert(samples.end(), image.begin(), image.end());
  }
  const auto reference = fit_summary_novelty(samples.data(), 400, 48, 48);
  int found = 0, familiar = 0;
  double mean = 0;
  for (int i = 400; i < 500; ++i) {
    const auto image = prior.draw(i);
    std::vector<float> steep(image.size());
    for (int iz = 0; iz < 48; ++iz)
      for (int ix = 0; ix < 48; ++ix) steep[((iz + ix / 2) % 48) * 48 + ix] = image[iz * 48 + ix];
    found += score_novelty(reference, steep).p_value <= 0.02;
    const double p = score_novelty(reference, image).p_value;
    familiar += p <= 0.02;
    mean += p / 100;
  }
  RecordProperty("steep_found", std::to_string(found));
  EXPECT_GE(found, 95);
  // 100 held out and 100 new: the rank of a new score is uniform, so 2 are expected, with a deviation below 2.
  EXPECT_LE(familiar, 2 + 4 * 2);
  EXPECT_NEAR(mean, 0.5, 4 * 0.29 * std::sqrt(1.0 / 100 + 1.0 / 100));
}

// A score as large as a held-out one ranks before it.
TEST(SummaryNovelty, p_value_counts_the_held_out_scores_that_are_as_large) {
  const auto samples = training(100);
  auto reference = fit_summary_novelty(samples.data(), 100, 1, size);
  const auto observed = summary(77777);
  const double score = score_novelty(reference, observed).score;
  reference.held_out = {score - 1, score, score + 1};
  EXPECT_EQ(score_novelty(reference, observed).p_value, 3.0 / 4);
  reference.held_out = {score + 1, score + 2};
  EXPECT_EQ(score_novelty(reference, observed).p_value, 1);
  reference.held_out = {score - 2, score - 1};
  EXPECT_EQ(score_novelty(reference, observed).p_value, 1.0 / 3);
}

// The mean itself has no coefficient and no rest: log M and log r are kept from minus infinity.
TEST(SummaryNovelty, of_the_mean_is_finite_and_foreign) {
  const auto samples = training(100);
  const auto reference = fit_summary_novelty(samples.data(), 100, 1, size);
  const NoveltyScore found = score_novelty(reference, reference.mean);
  EXPECT_TRUE(std::isfinite(found.score));
  EXPECT_EQ(found.p_value, 1.0 / 26);
}

// A part of the summaries, but no fewer than 8 and no more than a third of them.
TEST(SummaryNovelty, holds_out_the_part_it_is_asked_for) {
  const auto samples = training(100);
  const auto held_out = [&](int n, double fraction) {
    SummaryNoveltyOptions options;
    options.held_out_fraction = fraction;
    return fit_summary_novelty(samples.data(), n, 1, size, options).held_out.size();
  };
  EXPECT_EQ(held_out(100, 0.25), 25u);
  EXPECT_EQ(held_out(40, 0.1), 8u);
  EXPECT_EQ(held_out(100, 0.45), 33u);
}

TEST(SummaryNovelty, survives_a_file) {
  const auto samples = training(100);
  const auto reference = fit_summary_novelty(samples.data(), 100, 10, size / 10);  // a shape with dips
  const std::string path = testing::TempDir() + "bornflow_novelty_" + std::to_string(getpid()) + ".h5";
  {
    Hdf5File file = Hdf5File::create(path);
    write_summary_novelty(file, "/novelty", reference);
    file.close();
  }
  const auto restored = read_summary_novelty(Hdf5File::open(path), "/novelty");
  std::remove(path.c_str());
  const auto observed = summary(77777);
  EXPECT_EQ(score_novelty(restored, observed).score, score_novelty(reference, observed).score);
  EXPECT_EQ(restored.held_out, reference.held_out);
}

TEST(SummaryNovelty, refuses_what_cannot_be) {
  auto samples = training(40);
  EXPECT_THROW(fit_summary_novelty(samples.data(), 31, 1, size), UserError);
  const auto reference = fit_summary_novelty(samples.data(), 40, 1, size);
  EXPECT_THROW(score_novelty(reference, std::vector<float>(3)), DataError);
  EXPECT_THROW(score_novelty(reference, std::vector<float>(size, std::nanf(""))), NumericalError);
  samples[5] = std::nanf("");
  EXPECT_THROW(fit_summary_novelty(samples.data(), 40, 1, size), DataError);
  EXPECT_THROW(fit_summary_novelty(std::vector<float>(40 * 4, 1.0f).data(), 40, 1, 4), DataError);
}

}  // namespace bornflow
