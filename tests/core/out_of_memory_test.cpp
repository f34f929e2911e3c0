#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/base/out_of_memory.hpp"

namespace bornflow {

// Kokkos says it in words of its own, which a new release may change.
TEST(OutOfMemory, is_told_apart_where_kokkos_allocates) {
  constexpr std::size_t more_than_there_is = std::size_t{1} << 50;
  try {
    const Kokkos::View<char*> view("too_large", more_than_there_is);
    FAIL() << "a petabyte was allocated";
  } catch (const std::exception& error) {
    EXPECT_TRUE(is_out_of_memory(error)) << error.what();
  }
}

TEST(OutOfMemory, is_told_apart_from_other_errors) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("the memory of the users")));
}

}  // namespace bornflow
