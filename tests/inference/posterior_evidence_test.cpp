#include "bornflow/inference/diagnostics/posterior_evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

// Two pixels, of which the second does not count.
EvidenceOptions options(int n_draws) {
  EvidenceOptions options;
  options.n_draws = n_draws;
  options.mask = {1, 0};
  options.prior_variance = {10, 1};
  return options;
}

const std::vector<float> truth = {0, 50}, samples = {1, 7, 2, 7, 3, 7, 4, 9}, reference = {2.4f, 100};
const TarpReferences references{reference.data(), truth.data()};

}  // namespace

// Draws 1, 2, 3, 4 of a truth 0: mean 5/2, variance 5/3, z^2 = 15/4; a truth of the same normal law differs from the mean of
// four draws by 5/4 of its variance, and 1 / variance of four draws is 3 times too large in the mean: 15/4 * 4/5 / 3 = 1.
TEST(PosteriorEvidenceTest, of_four_draws_is_known_by_hand) {
  PosteriorEvidence evidence(options(4));
  evidence.add(0, truth.data(), samples.data(), references);
  ASSERT_EQ(evidence.count(), 1);
  // The mean and the deviation are kept in single precision.
  EXPECT_NEAR(evidence.z_mean[0], 2.5 / std::sqrt(5.0 / 3), 1e-6);
  EXPECT_NEAR(evidence.z_square[0], 1, 1e-6);
  EXPECT_NEAR(evidence.contraction[0], 1 - (5.0 / 3) / 10, 1e-6);
  EXPECT_EQ(evidence.tarp_prior[0], 4);   // the truth is farther from 2.4 than every draw
  EXPECT_EQ(evidence.tarp_data[0], 0);    // and nearest to itself
}

TEST(PosteriorEvidenceTest, moments_of_latents_are_about_zero) {
  PosteriorEvidence evidence(options(4));
  const std::vector<float> z = {1, -2, 3, 0};
  evidence.add_latent(z.data(), 4);
  EXPECT_EQ(evidence.latent_mean[0], 0.5);
  EXPECT_EQ(evidence.latent_square[0], 14.0 / 4);
  EXPECT_EQ(evidence.latent_fourth[0], 98.0 / 4);
}

// One bad draw would make the means of its data set NaN, or count as far away: it is refused, and nothing of it is kept.
TEST(PosteriorEvidenceTest, refuses_draws_that_are_not_finite) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    PosteriorEvidence evidence(options(4));
    std::vector<float> damaged = samples;
    damaged[4] = bad;
    EXPECT_THROW(evidence.add(0, truth.data(), damaged.data(), references), NumericalError);
    EXPECT_EQ(evidence.count(), 0);
    EXPECT_TRUE(evidence.tarp_prior.empty());
    EXPECT_TRUE(evidence.inside.empty());
  }
}

// Draws that are all the truth itself are no error of any size; draws that agree elsewhere are infinitely wrong.
TEST(PosteriorEvidenceTest, draws_without_spread_are_right_or_infinitely_wrong) {
  PosteriorEvidence evidence(options(4));
  const std::vector<float> equal(8, 3.0f), same = {3, 3}, other = {2, 3};
  evidence.add(0, same.data(), equal.data(), references);
  evidence.add(1, other.data(), equal.data(), references);
  EXPECT_EQ(evidence.z_square[0], 0);
  EXPECT_TRUE(std::isinf(evidence.z_square[1]));
  EXPECT_EQ(evidence.contraction[0], 1);
}

TEST(PosteriorEvidenceTest, refuses_what_has_no_spread_of_z_or_no_pixel) {
  EXPECT_THROW(PosteriorEvidence(options(3)), Bug);
  EvidenceOptions empty = options(4), uneven = options(4);
  empty.mask = {0, 0};
  uneven.prior_variance = {1};
  EXPECT_THROW(PosteriorEvidence{empty}, Bug);
  EXPECT_THROW(PosteriorEvidence{uneven}, Bug);
}

}  // namespace bornflow
