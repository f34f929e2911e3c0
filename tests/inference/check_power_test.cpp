#include <gtest/gtest.h>

#include <algorithm>

#include "bornflow/base/random.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"

namespace bornflow {

namespace {

constexpr int side = 32, n_pixels = side * side;

/// White noise averaged over a window of (2 width + 1)^2 points on a torus, of variance 1: correlated over the window.
std::vector<float> field(int width, RandomStream& random) {
  std::vector<float> white(n_pixels), smooth(n_pixels);
  for (float& value : white) value = static_cast<float>(random.normal());
  for (int iz = 0; iz < side; ++iz)
    for (int ix = 0; ix < side; ++ix) {
      float sum = 0;
      for (int jz = -width; jz <= width; ++jz)
        for (int jx = -width; jx <= width; ++jx)
          sum += white[static_cast<std::size_t>((iz + jz + side) % side * side + (ix + jx + side) % side)];
      smooth[static_cast<std::size_t>(iz * side + ix)] = sum / static_cast<float>(2 * width + 1);
    }
  return smooth;
}

CalibrationTest calibrate(int truth_width, int sample_width, int n_runs) {
  constexpr int n_draws = 63;
  const ImageStatistics statistics(side, side, 0);
  SimulationBasedCalibration sbc(statistics.count(), n_draws);
  for (int run = 0; run < n_runs; ++run) {
    RandomStream random(11, Purpose::test, static_cast<std::uint64_t>(run));
    const std::vector<float> truth = field(truth_width, random);
    std::vector<float> samples;
    for (int s = 0; s < n_draws; ++s) {
      const std::vector<float> one = field(sample_width, random);
      samples.insert(samples.end(), one.begin(), one.end());
    }
    sbc.add(run, statistics, truth.data(), samples.data(), n_pixels);
  }
  return sbc.test();
}

}  // namespace

// Samples with the right variance in every pixel, and the wrong correlations: of none at all, of windows of 3 points where the
// truth has 5. Measured with 100 data sets: 2e-32 and less without correlations; 2e-5 for the projection on 5 points.
TEST(CheckPower, projections_see_wrong_correlations) {
  const CalibrationTest without = calibrate(2, 0, 100), shorter = calibrate(2, 1, 100);
  for (std::size_t k = 9; k < 13; ++k) EXPECT_LT(without.p_value[k], 1e-10) << k;
  EXPECT_LT(shorter.p_value[10], 1e-3);
  EXPECT_LT(shorter.combined, 1e-6);
  EXPECT_GT(calibrate(2, 2, 100).combined, 0.01);
}

// How often the combined p-value of 13 statistics of an exact posterior lies below 0.01. Bonferroni makes that 0.01 or less;
// the chi-square distribution is only the limit of Pearson's statistic, so that its far tail needs to be seen to hold.
TEST(CheckPower, sbc_of_an_exact_posterior_fails_as_rarely_as_it_says) {
  for (const int n_runs : {20, 40, 200}) {
    int failed = 0, n_sets = 2000;
    const UniformityTest test(n_runs, 127);
    for (int set = 0; set < n_sets; ++set) {
      RandomStream random(5, Purpose::test, static_cast<std::uint64_t>(set), static_cast<std::uint32_t>(n_runs));
      double smallest = 1;
      for (int statistic = 0; statistic < 13; ++statistic) {
        std::vector<int> ranks(static_cast<std::size_t>(n_runs));
        for (int& rank : ranks) rank = random.integer(0, 127);
        smallest = std::min(smallest, test(ranks).combined);
      }
      failed += 13 * smallest < 0.01;
    }
    EXPECT_LE(failed, 34) << n_runs << " runs";  // 20 of 2000 expected at most, standard error 4.5; measured 10, 13, 18
  }
}

}  // namespace bornflow
