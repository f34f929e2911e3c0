#include <gtest/gtest.h>

#include "bornflow/parallel/ordered_sum.hpp"
#include "bornflow/parallel/work.hpp"
#include "support/world.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

// The RTM image, summed over the shots of all ranks, has the bits of the one made on a single rank.
TEST(MigrationMpi, has_the_same_bits_for_any_number_of_ranks) {
  const auto world = test::world();
  auto s = test::small_survey();
  s.acquisition.sources = equispaced_line(5, 15, 450, 22.5);
  BornOperator<float> op(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  const auto image_of = [&](const Communicator& comm) {
    OrderedSum sum(op.n_shots(), op.image_size());
    const WorkRange mine = contiguous_share(op.n_shots(), comm.rank(), comm.size());
    std::vector<float> image(op.image_size());
    for (std::int64_t shot = mine.begin; shot < mine.end; ++shot) {
      const auto traces = test::random_values<float>(op.traces_size(), 40 + shot);
      op.born_adjoint(static_cast<int>(shot), 1, traces.data(), image.data());
      sum.add(shot, image.data());
    }
    return sum.total(comm);
  };
  const auto together = image_of(world);
  EXPECT_EQ(together, image_of(world.split(world.rank())));
  EXPECT_GT(test::norm(together), 0);
}

}  // namespace bornflow
