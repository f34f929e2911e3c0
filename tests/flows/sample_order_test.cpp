#include "flows/training/sample_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "bornflow/base/error.hpp"

namespace bornflow {

TEST(SampleOrder, is_a_permutation_for_any_size_and_epoch) {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 15, 16, 17, 63, 64, 65, 100, 1000, 4097})
    for (const int epoch : {0, 1, 2, 77}) {
      const SampleOrder order(n, 42, epoch);
      std::vector<int> seen(static_cast<std::size_t>(n), 0);
      for (std::int64_t i = 0; i < n; ++i) ++seen[static_cast<std::size_t>(order.sample(i))];
      EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; })) << n << ", " << epoch;
    }
}

// Two independent random permutations of n agree in Poisson(1) places: more than 8 has probability 1.1e-6.
TEST(SampleOrder, differs_between_epochs_and_seeds_and_from_the_identity) {
  const std::int64_t n = 500;
  const SampleOrder first(n, 1, 0), again(n, 1, 0), next_epoch(n, 1, 1), other_seed(n, 2, 0);
  int fixed = 0, same_epoch = 0, same_seed = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    EXPECT_EQ(first.sample(i), again.sample(i));
    fixed += first.sample(i) == i;
    same_epoch += first.sample(i) == next_epoch.sample(i);
    same_seed += first.sample(i) == other_seed.sample(i);
  }
  EXPECT_LE(fixed, 8);
  EXPECT_LE(same_epoch, 8);
  EXPECT_LE(same_seed, 8);
}

// Over 4000 epochs each of 5 samples comes first 800 times on average; binomial standard deviation 25, bound five of it.
TEST(SampleOrder, gives_every_sample_the_first_place_equally_often) {
  std::vector<int> counts(5, 0);
  for (int epoch = 0; epoch < 4000; ++epoch) ++counts[static_cast<std::size_t>(SampleOrder(5, 3, epoch).sample(0))];
  for (const int count : counts) EXPECT_NEAR(count, 800, 127);
}

TEST(EpochSteps, come_from_global_counts) {
  EXPECT_EQ(epoch_steps(100, 16).steps, 6);
  EXPECT_EQ(epoch_steps(100, 16).batch, 16);
  EXPECT_EQ(epoch_steps(5, 16).steps, 1);
  EXPECT_EQ(epoch_steps(5, 16).batch, 5);
  EXPECT_THROW(epoch_steps(0, 16), UserError);
  EXPECT_THROW(epoch_steps(10, 0), UserError);
}

}  // namespace bornflow
