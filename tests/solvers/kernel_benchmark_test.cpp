#include "solvers/acoustic/kernel_benchmark.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace bornflow {

TEST(KernelBenchmark, gives_positive_consistent_rates) {
  KernelCase small;
  small.nx = small.nz = 100;
  small.steps = 20;
  const auto world = test::world();
  const KernelRate forward = benchmark_forward(world, small), born = benchmark_born(world, small);
  EXPECT_GT(forward.points_per_second, 0);
  EXPECT_DOUBLE_EQ(forward.effective_bandwidth, 16 * forward.points_per_second);
  EXPECT_DOUBLE_EQ(born.effective_bandwidth, 32 * born.points_per_second);
  EXPECT_GT(forward.stream_bandwidth, 0);
}

}  // namespace bornflow
