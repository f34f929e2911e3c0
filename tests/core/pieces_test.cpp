#include "bornflow/parallel/pieces.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace bornflow {
namespace {

using Pieces = std::vector<std::pair<std::int64_t, int>>;

Pieces pieces_of(std::int64_t n, std::int64_t longest) {
  Pieces pieces;
  for_each_piece(n, [&](std::int64_t first, int count) { pieces.emplace_back(first, count); }, longest);
  return pieces;
}

TEST(Pieces, CoverTheRangeInOrder) {
  EXPECT_EQ(pieces_of(0, 4), Pieces{});
  EXPECT_EQ(pieces_of(3, 4), (Pieces{{0, 3}}));
  EXPECT_EQ(pieces_of(8, 4), (Pieces{{0, 4}, {4, 4}}));
  EXPECT_EQ(pieces_of(9, 4), (Pieces{{0, 4}, {4, 4}, {8, 1}}));
}

TEST(Pieces, OfMoreElementsThanACountOfMpiHolds) {
  const std::int64_t n = 3 * max_mpi_count + 5;
  EXPECT_EQ(pieces_of(n, max_mpi_count), (Pieces{{0, 1 << 30}, {max_mpi_count, 1 << 30}, {2 * max_mpi_count, 1 << 30},
                                                 {3 * max_mpi_count, 5}}));
}

}  // namespace
}  // namespace bornflow
