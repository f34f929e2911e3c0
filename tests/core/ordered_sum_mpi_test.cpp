#include "bornflow/parallel/ordered_sum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/random.hpp"
#include "bornflow/parallel/work.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

std::vector<double> item_values(std::int64_t item, std::size_t size) {
  RandomStream stream(5, Purpose::test, static_cast<std::uint64_t>(item));
  std::vector<double> values(size);
  for (double& value : values) value = stream.normal() * std::pow(10.0, stream.integer(-8, 8));
  return values;
}

}  // namespace

// The reference adds all items on one rank in descending order; the parallel sum must give the same bits.
TEST(OrderedSumMpi, has_the_same_bits_for_any_number_of_ranks) {
  const auto world = test::world();
  const std::size_t size = 17;
  for (const std::int64_t n_items : {1, 2, 3, 7, 16, 33}) {
    OrderedSum reference(n_items, size);
    for (std::int64_t i = n_items - 1; i >= 0; --i) reference.add(i, item_values(i, size).data());
    const Communicator alone = world.split(world.rank());
    const auto expected = reference.total(alone);

    OrderedSum sum(n_items, size);
    const WorkRange mine = contiguous_share(n_items, world.rank(), world.size());
    for (std::int64_t i = mine.begin; i < mine.end; ++i) sum.add(i, item_values(i, size).data());
    EXPECT_EQ(sum.total(world), expected) << n_items << " items";

    OrderedSum dealt(n_items, size);  // round robin: no rank holds a contiguous range
    for (std::int64_t i = world.rank(); i < n_items; i += world.size()) dealt.add(i, item_values(i, size).data());
    EXPECT_EQ(dealt.total(world), expected) << n_items << " items, dealt";
  }
}

}  // namespace bornflow
