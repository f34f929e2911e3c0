#include "bornflow/inference/diagnostics/diagnostic_report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"
#include "inference/linear_gaussian_evidence.hpp"

namespace bornflow {

namespace {

using test::Defect;
using test::LinearGaussianEvidence;

/// In how many repetitions each check fails; "any": at least one of them.
std::map<std::string, int> failures(const Defect& defect, int n_data_sets, int repetitions) {
  std::map<std::string, int> count;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    LinearGaussianEvidence sets(defect, static_cast<std::uint64_t>(100 + repetition));
    sets.add(0, n_data_sets);
    const DiagnosticReport report = sets.report();
    for (const DiagnosticCheck& check : report.checks) count[check.key] += check.verdict == Verdict::failed;
    count["any"] += report.failed() > 0;
  }
  return count;
}

constexpr Defect too_narrow{0.7, 0, false}, too_wide{1.4, 0, false}, shifted{1, 0.5, false}, blind{1, 0, true};

}  // namespace

// A p-value check fails an exact posterior once in a hundred; of 50 repetitions more than 3 with probability 0.002. A
// deviation of 0.05 or 0.1 beyond 2.33 standard errors comes to less. Of all 12 checks, which hang together, at most 6.
TEST(DiagnosticReport, an_exact_posterior_passes) {
  const auto count = failures({}, 40, 50);
  for (const auto& [key, n] : count) EXPECT_LE(n, key == "any" ? 6 : 3) << key;
  EXPECT_EQ(count.size(), 13u);
}

// The power of the checks with 100 data sets. Measured over 20 repetitions: 20 of 20 wherever 16 are asked for here, but for
// the TARP of widths, 18.
TEST(DiagnosticReport, a_posterior_too_narrow_fails) {
  auto count = failures(too_narrow, 100, 20);
  for (const char* key : {"sbc", "tarp_prior", "tarp_data", "coverage", "z_spread", "uce", "latent_spread"})
    EXPECT_GE(count[key], 16) << key;
  for (const char* key : {"z_mean", "latent_mean", "contraction"}) EXPECT_LE(count[key], 2) << key;
}

TEST(DiagnosticReport, a_posterior_too_wide_fails) {
  auto count = failures(too_wide, 100, 20);
  for (const char* key : {"sbc", "tarp_prior", "tarp_data", "coverage", "z_spread", "uce", "latent_spread", "predictive"})
    EXPECT_GE(count[key], 16) << key;
  for (const char* key : {"z_mean", "latent_mean", "contraction"}) EXPECT_LE(count[key], 2) << key;
}

// A shift by half a deviation changes distances little: TARP hardly sees it (2 of 20), signs do.
TEST(DiagnosticReport, a_biased_posterior_fails) {
  auto count = failures(shifted, 100, 20);
  for (const char* key : {"sbc", "z_mean", "latent_mean"}) EXPECT_GE(count[key], 16) << key;
  EXPECT_LE(count["contraction"], 2);
}

// The prior itself is calibrated in every statistic that does not see the data; only checks that do see them find it out.
TEST(DiagnosticReport, a_posterior_that_ignores_the_data_fails) {
  auto count = failures(blind, 100, 20);
  for (const char* key : {"tarp_data", "contraction", "predictive"}) EXPECT_GE(count[key], 16) << key;
  for (const char* key : {"sbc", "tarp_prior", "coverage", "z_mean", "z_spread"}) EXPECT_LE(count[key], 2) << key;
}

// 500 runs of the exact posterior: SBC and TARP pass, and every level, 90 % among them, is met to 3 points. The pixels of
// one data set hang together; with 500 of them the standard error of the coverage is below 0.6 points.
TEST(DiagnosticReport, five_hundred_runs_of_an_exact_posterior_meet_the_levels) {
  LinearGaussianEvidence sets({}, 1);
  sets.add(0, 500);
  const DiagnosticReport report = sets.report();
  EXPECT_EQ(report.failed(), 0) << report.table()[0];
  EXPECT_EQ(sets.evidence.levels, (std::vector<double>{0.5, 0.8, 0.9, 0.95}));
  EXPECT_LT(std::abs(report.find("coverage")->value), 0.03);
  EXPECT_LT(report.find("coverage")->error, 0.01);
  EXPECT_NEAR(report.find("z_spread")->value, 1, 0.03);
  EXPECT_NEAR(report.find("latent_spread")->value, 1, 0.03);
}

// A flow that knows a jitter a tenth wider than the one it is asked about gives all latents a tenth less spread, which says
// nothing about images; unseen images farther out than learned ones do.
TEST(DiagnosticReport, latents_are_compared_with_those_of_learned_pairs) {
  LinearGaussianEvidence sets({}, 1);
  sets.add(0, 100);
  for (double& square : sets.evidence.latent_square) square *= 0.7;
  EXPECT_EQ(sets.report().find("latent_spread")->verdict, Verdict::failed);
  sets.evidence.learned_square.assign(100, 0.7);
  EXPECT_EQ(sets.report().find("latent_spread")->verdict, Verdict::passed);
  sets.evidence.learned_square.assign(100, 0.7 / (1.25 * 1.25));
  EXPECT_EQ(sets.report().find("latent_spread")->verdict, Verdict::failed);
  EXPECT_NEAR(sets.report().find("latent_spread")->value, 1.25, 0.03);
  EXPECT_NE(sets.report().find("latent_spread")->meaning.find("overfitted"), std::string::npos);
}

// A deviation outside its range by less than the data sets can tell is neither passed nor failed.
TEST(DiagnosticReport, what_is_not_beyond_doubt_is_unclear) {
  LinearGaussianEvidence sets({0.8, 0, false}, 1);
  sets.add(0, 40);
  DiagnosticThresholds thresholds;
  const double coverage = sets.report(thresholds).find("coverage")->value, error = sets.report(thresholds).find("coverage")->error;
  ASSERT_LT(coverage, 0);
  thresholds.coverage = -coverage - error;
  EXPECT_EQ(sets.report(thresholds).find("coverage")->verdict, Verdict::unclear);
  thresholds.coverage = -coverage - 3 * error;
  EXPECT_EQ(sets.report(thresholds).find("coverage")->verdict, Verdict::failed);
  thresholds.coverage = -coverage + 1e-9;
  EXPECT_EQ(sets.report(thresholds).find("coverage")->verdict, Verdict::passed);
}

TEST(DiagnosticReport, samples_that_are_not_numbers_fail_and_few_data_sets_are_refused) {
  LinearGaussianEvidence sets({}, 1);
  sets.add(0, 19);
  EXPECT_THROW(make_report({&sets.evidence, nullptr, nullptr, {}, {}, 0}), UserError);
  sets.add(19, 20);
  sets.evidence.z_mean[3] = std::nan("");
  sets.evidence.z_square[4] = INFINITY;
  const DiagnosticReport report = make_report({&sets.evidence, nullptr, nullptr, {}, {}, 0});
  EXPECT_EQ(report.find("z_mean")->verdict, Verdict::failed);
  EXPECT_EQ(report.find("z_spread")->verdict, Verdict::failed);
  EXPECT_EQ(report.find("predictive"), nullptr) << "what was not measured is not checked";
  EXPECT_EQ(report.table().size(), report.checks.size());
}

// p-values of 40 test summaries among 100 held-out scores: evenly spread ones pass, all below 0.2 do not.
TEST(DiagnosticReport, test_summaries_unlike_the_training_fail) {
  LinearGaussianEvidence sets({}, 1);
  sets.add(0, 20);
  DiagnosticInputs inputs{&sets.evidence, nullptr, nullptr, {}, {}, 100};
  for (int i = 0; i < 40; ++i) inputs.novelty_p_values.push_back((2.5 * i + 1) / 101);
  EXPECT_GT(make_report(inputs).find("novelty")->value, 0.5);
  for (double& p : inputs.novelty_p_values) p *= 0.2;
  EXPECT_EQ(make_report(inputs).find("novelty")->verdict, Verdict::failed);
}

// The ranks of the p-values of n = 40 among m = 100 scores have a sum of variance n m (n + m + 1) / 12 (Mann & Whitney), so
// that their mean, in steps of 1 / (m + 1), has m (n + m + 1) / (12 n (m + 1)^2). Two of its deviations off, on either side,
// the two-sided p-value is erfc(sqrt 2); the report's variance is simpler by 1.3 %, which makes 0.0014 of it.
TEST(DiagnosticReport, test_summaries_have_the_p_value_of_the_rank_sum_test) {
  LinearGaussianEvidence sets({}, 1);
  sets.add(0, 20);
  const double n = 40, m = 100, centre = 0.5 * (m + 2) / (m + 1);
  const double deviation = std::sqrt(m * (n + m + 1) / (12 * n * (m + 1) * (m + 1)));
  for (const double off : {-2.0, 0.0, 2.0}) {
    DiagnosticInputs inputs{&sets.evidence, nullptr, nullptr, {}, {}, 100};
    inputs.novelty_p_values.assign(40, centre + off * deviation);
    EXPECT_NEAR(make_report(inputs).find("novelty")->value, std::erfc(std::abs(off) / std::sqrt(2.0)), 0.002) << off;
  }
}

// Sets of uniform ranks leave the 95 % band once in twenty (standard error 0.01), and those that do have small p-values.
TEST(EcdfBand, holds_uniform_ranks_as_often_as_it_says) {
  const int n_runs = 100, n_draws = 63, n_sets = 500;
  const UniformityTest test(n_runs, n_draws);
  const EcdfBand band = test.band(0.95);
  int outside = 0;
  for (int set = 0; set < n_sets; ++set) {
    RandomStream random(9, Purpose::test, static_cast<std::uint64_t>(set));
    std::vector<int> ranks(n_runs);
    for (int& rank : ranks) rank = random.integer(0, n_draws);
    bool is_inside = true;
    for (std::size_t i = 0; i < band.points.size(); ++i) {
      double below = 0;
      for (const int rank : ranks) below += rank < band.points[i];
      is_inside = is_inside && band.low[i] * n_runs - 1e-9 <= below && below <= band.high[i] * n_runs + 1e-9;
    }
    outside += !is_inside;
    const double p = test(ranks).ecdf;
    EXPECT_TRUE(is_inside ? p > 0.03 : p < 0.07) << p;
  }
  EXPECT_NEAR(double(outside) / n_sets, 0.05, 0.03);
}

}  // namespace bornflow
