#include "solvers/acoustic/field_memory.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <utility>

namespace bornflow {

namespace {

constexpr std::size_t over_read_bytes = 128;   // the last pack of a row is read whole, with the one on its right
constexpr std::uintptr_t huge_page = std::uintptr_t{2} << 20;

/// A wish, not a need: a system without huge pages ignores it.
void prefer_huge_pages(void* data, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + huge_page - 1) / huge_page * huge_page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / huge_page * huge_page;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)data, (void)bytes;
#endif
}

}  // namespace

template <class T>
DeviceArray<T> allocate_field(const std::string& label, std::int64_t size, int colour) {
  const std::size_t shift = static_cast<std::size_t>(colour) * 17 * 64 / sizeof(T);
  const std::size_t end = static_cast<std::size_t>(size) + shift;
  const std::size_t total = end + over_read_bytes / sizeof(T);
  DeviceArray<T> memory(Kokkos::view_alloc(Kokkos::WithoutInitializing, label), total);
  if (kernels_run_on_host) prefer_huge_pages(memory.data(), total * sizeof(T));
  Kokkos::deep_copy(memory, T(0));
  return Kokkos::subview(memory, std::make_pair(shift, end));
}

template DeviceArray<float> allocate_field(const std::string&, std::int64_t, int);
template DeviceArray<double> allocate_field(const std::string&, std::int64_t, int);
template DeviceArray<std::uint16_t> allocate_field(const std::string&, std::int64_t, int);
template DeviceArray<std::int8_t> allocate_field(const std::string&, std::int64_t, int);
template DeviceArray<std::uint8_t> allocate_field(const std::string&, std::int64_t, int);

}  // namespace bornflow
