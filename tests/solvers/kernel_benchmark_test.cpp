#include "solvers/acoustic/benchmark/kernel_benchmark.hpp"

#include <gtest/gtest.h>

#include "solvers/acoustic/benchmark/gradient_benchmark.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

Grid small_grid(int ny) {
  Grid grid;
  grid.nx = grid.nz = 60;
  grid.ny = ny;
  grid.dx = grid.dy = grid.dz = 10;
  return grid;
}

}  // namespace

TEST(KernelBenchmark, gives_positive_consistent_rates) {
  const auto world = test::world();
  for (const int ny : {1, 16}) {
    const KernelCase small{Subdomain::whole(small_grid(ny)), {}, 20};
    const KernelRate forward = benchmark_forward(world, small), born = benchmark_born(world, small);
    EXPECT_GT(forward.points_per_second, 0);
    EXPECT_DOUBLE_EQ(forward.effective_bandwidth, 16 * forward.points_per_second);
    EXPECT_DOUBLE_EQ(born.effective_bandwidth, 32 * born.points_per_second);
    EXPECT_GT(forward.stream_bandwidth, 0);
    EXPECT_EQ(benchmark_halo(world, small).bytes_sent, 0);
  }
}

TEST(KernelBenchmark, times_a_gradient_with_every_storage) {
  const auto world = test::world();
  for (const Storage storage : {Storage::full, Storage::half, Storage::byte, Storage::boundary, Storage::recompute}) {
    GradientCase small{Subdomain::whole(small_grid(1)), {}, 40, 1};
    small.options.storage = storage;
    const GradientRate rate = benchmark_gradient(world, small);
    EXPECT_GT(rate.forward_seconds, 0);
    EXPECT_GT(rate.gradient_seconds, 0);
    EXPECT_GT(rate.store_bytes, 0);
  }
}

}  // namespace bornflow
