#pragma once

#include <cstdint>
#include <string>

#include "bornflow/base/kokkos_compat.hpp"

namespace bornflow {

/// A zero-filled array for a wavefield-sized quantity, beginning on a cache line.
///
/// On the host large arrays are put on huge pages where the system offers them (fewer TLB misses). `colour` shifts the
/// beginning by that many odd multiples of a cache line: large allocations begin at the same place of a page, and
/// arrays that one kernel reads together would compete for the same cache sets.
template <class T>
DeviceArray<T> allocate_field(const std::string& label, std::int64_t size, int colour);

}  // namespace bornflow
