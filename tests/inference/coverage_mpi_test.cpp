#include <gtest/gtest.h>

#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "support/world.hpp"

namespace bornflow {

// Twelve data sets dealt to the ranks, each of two pixels with samples 1 ... 39; the truth 20 is inside every interval, the
// truth 100 outside. Data set i has 20 in its second pixel when i is even. Inside: 12 + 6 of 24, for every level and any ranks.
TEST(CoverageOverRanks, joins_the_counts_of_all_ranks) {
  const auto comm = test::world();
  std::vector<float> samples;
  for (int s = 1; s <= 39; ++s) samples.insert(samples.end(), 2, static_cast<float>(s));
  CoverageCounter counter(39);
  for (int i = comm.rank(); i < 12; i += comm.size())
    counter.add(samples.data(), {20.0f, i % 2 == 0 ? 20.0f : 100.0f}, {1, 1});
  counter.sum_over(comm);
  EXPECT_EQ(counter.count(), 24);
  for (double fraction : counter.empirical()) EXPECT_EQ(fraction, 0.75);
}

}  // namespace bornflow
