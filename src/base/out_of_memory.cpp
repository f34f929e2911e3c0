#include "bornflow/base/out_of_memory.hpp"

#include <cstring>
#include <new>

namespace bornflow {

bool is_out_of_memory(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
         std::strstr(error.what(), "Kokkos failed to allocate memory") != nullptr;
}

}  // namespace bornflow
