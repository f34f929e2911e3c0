#pragma once

#include <cstdint>

namespace bornflow {

/// Half-open range [begin, end) of items.
struct WorkRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

/// The contiguous part of `n_items` that belongs to `part` of `n_parts`; sizes differ by at most one.
inline WorkRange contiguous_share(std::int64_t n_items, int part, int n_parts) {
  return {n_items * part / n_parts, n_items * (part + 1) / n_parts};
}

}  // namespace bornflow
