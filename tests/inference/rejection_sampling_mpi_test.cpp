#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/methods/rejection_sampling.hpp"
#include "bornflow/inference/problems/layered_tissue.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

// x ~ N(0, 1), y = x + N(0, 1): the posterior is N(y / 2, 1 / 2).
class NoisyNumber final : public InverseProblem {
public:
  std::vector<std::string> model_names() const override { return {"x"}; }
  int data_size() const override { return 1; }
  void draw(RandomStream& stream, double* x) const override { *x = stream.normal(); }
  void simulate(const double* x, double* y) const override { *y = *x; }
  void add_noise(RandomStream& stream, double* y) const override { *y += stream.normal(); }
};

RejectionOptions options(std::int64_t draws, int keep, int data_size) {
  RejectionOptions options;
  options.draws = draws, options.keep = keep, options.seed = 3;
  options.units.assign(data_size, 1.0);
  return options;
}

}  // namespace

TEST(RejectionSampling, finds_the_posterior_of_a_noisy_number) {
  const Batch observed(std::vector<double>{1.2});
  const RejectionPosterior found = rejection_sampling(NoisyNumber(), observed, options(200000, 2000, 1), test::world())[0];
  EXPECT_LT(found.tolerance, 0.05);
  // 2000 samples of a deviation of 0.71: their mean scatters by 0.016, their deviation by 0.011.
  EXPECT_NEAR(column_means(found.samples)[0], 0.6, 0.05);
  EXPECT_NEAR(column_deviations(found.samples)[0], std::sqrt(0.5), 0.04);
}

TEST(RejectionSampling, keeps_the_nearest_of_all_draws_on_any_ranks) {
  const NoisyNumber problem;
  const Batch observed(std::vector<double>{-0.4});
  const RejectionPosterior found = rejection_sampling(problem, observed, options(10000, 25, 1), test::world())[0];
  const Pairs all = draw_pairs(problem, 10000, 3, 0);
  std::vector<std::pair<double, double>> sorted;
  for (int i = 0; i < all.x.count; ++i) sorted.emplace_back(std::abs(all.y.row(i)[0] + 0.4), all.x.row(i)[0]);
  std::sort(sorted.begin(), sorted.end());
  ASSERT_EQ(found.samples.count, 25);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(found.samples.row(i)[0], sorted[i].second) << i;
  EXPECT_NEAR(found.tolerance, sorted[24].first, 1e-12);
}

TEST(RejectionSampling, keeps_what_lies_within_the_tolerance) {
  const NoisyNumber problem;
  RejectionOptions within = options(5000, 5000, 1);
  within.tolerance = 0.3;
  const RejectionPosterior found = rejection_sampling(problem, Batch(std::vector<double>{-0.4}), within, test::world())[0];
  const Pairs all = draw_pairs(problem, 5000, 3, 0);
  int near = 0;
  for (int i = 0; i < all.y.count; ++i) near += std::abs(all.y.row(i)[0] + 0.4) <= 0.3 ? 1 : 0;
  EXPECT_EQ(found.samples.count, near);
  EXPECT_LE(found.tolerance, 0.3);
  EXPECT_GT(found.tolerance, 0.29);
}

TEST(RejectionSampling, refuses_a_tolerance_that_keeps_nothing) {
  RejectionOptions strict = options(2000, 25, 1);
  strict.tolerance = 1e-9;
  try {
    rejection_sampling(NoisyNumber(), Batch(std::vector<double>{0.0}), strict, test::world());
    FAIL() << "nothing is that near";
  } catch (const UserError& error) {
    const std::string message = error.what();
    for (const char* phrase : {"[abc] tolerance = 1e-09 keeps 0 of 2000 draws", "the nearest is at", "0 for the nearest ones"})
      EXPECT_NE(message.find(phrase), std::string::npos) << message;
  }
}

TEST(RejectionSampling, finds_oxygenation_of_tissue_and_not_anisotropy) {
  const LayeredTissue tissue(0.03);
  const Pairs observed = draw_pairs(tissue, 4, 1, 1000000);
  RejectionOptions some = options(40000, 200, LayeredTissue::bands);
  some.units = column_deviations(draw_pairs(tissue, 2000, 1, 0).y);
  const std::vector<double> prior = column_deviations(draw_pairs(tissue, 2000, 1, 0).x);
  double oxygen = 0, anisotropy = 0;
  for (const RejectionPosterior& posterior : rejection_sampling(tissue, observed.y, some, test::world())) {
    const std::vector<double> width = column_deviations(posterior.samples);
    oxygen += width[0] / prior[0] / 4, anisotropy += width[3] / prior[3] / 4;
  }
  EXPECT_LT(oxygen, 0.6);
  EXPECT_NEAR(anisotropy, 1, 0.06);   // 800 samples: 0.02
}

}  // namespace bornflow
