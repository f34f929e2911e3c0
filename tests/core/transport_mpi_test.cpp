#include "bornflow/parallel/transport.hpp"

#include <gtest/gtest.h>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"

namespace bornflow {

TEST(TransportMpi, is_direct_where_mpi_reads_the_memory_of_the_kernels) {
  const auto world = test::world();
  EXPECT_EQ(choose_transport(world, "auto", true), Transport::direct);
  EXPECT_EQ(choose_transport(world, "direct", true), Transport::direct);
  EXPECT_EQ(choose_transport(world, "staged", true), Transport::staged);
}

// The ranks of one run may have been started on unlike nodes.
TEST(TransportMpi, is_staged_or_refused_on_all_ranks_where_one_cannot) {
  const auto world = test::world();
  const bool can = world.rank() + 1 != world.size();
  EXPECT_EQ(choose_transport(world, "auto", can), Transport::staged);
  EXPECT_EQ(choose_transport(world, "staged", can), Transport::staged);
  EXPECT_THROW(choose_transport(world, "direct", can), UserError);
}

}  // namespace bornflow
