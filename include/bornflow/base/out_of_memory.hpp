#pragma once

#include <exception>

namespace bornflow {

/// Whether `error` says that memory could not be had: std::bad_alloc, or what Kokkos throws in its place, a plain
/// std::runtime_error (3.4 to 5.x) that only its text tells apart.
bool is_out_of_memory(const std::exception& error);

}  // namespace bornflow
