#pragma once

#include <algorithm>
#include <cstdint>

namespace bornflow {

/// Elements that one MPI call carries here: its counts are of type int.
constexpr std::int64_t max_mpi_count = std::int64_t{1} << 30;

/// Calls `visit(first, count)` for the pieces of [0, n), none longer than `longest`; not at all for n = 0.
template <class Visitor>
void for_each_piece(std::int64_t n, const Visitor& visit, std::int64_t longest = max_mpi_count) {
  for (std::int64_t first = 0; first < n; first += longest) visit(first, static_cast<int>(std::min(longest, n - first)));
}

}  // namespace bornflow
