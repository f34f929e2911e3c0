#pragma once

#include <Kokkos_Core.hpp>
#include <string>
#include <vector>

/// The one header that knows which Kokkos (3.4 to 5.x) it is compiled with. Everybody includes this, nobody Kokkos_Core.
namespace bornflow {

using ExecutionSpace = Kokkos::DefaultExecutionSpace;
using MemorySpace = ExecutionSpace::memory_space;

/// True where kernels run on the host, so that rows of x are the unit of work and the inner loop is vectorised by the
/// compiler; on a device one index of the range is one point.
constexpr bool kernels_run_on_host =
    Kokkos::SpaceAccessibility<Kokkos::DefaultHostExecutionSpace, MemorySpace>::accessible &&
    std::is_same_v<ExecutionSpace, Kokkos::DefaultHostExecutionSpace>;

/// One-dimensional array in the memory of the kernels.
template <class T>
using DeviceArray = Kokkos::View<T*, Kokkos::LayoutRight, MemorySpace>;

/// One-dimensional array on the host.
template <class T>
using HostArray = Kokkos::View<T*, Kokkos::LayoutRight, Kokkos::HostSpace>;

/// A copy of `values` in the memory of the kernels.
template <class T>
DeviceArray<T> to_device(const char* label, const std::vector<T>& values) {
  DeviceArray<T> result(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)), values.size());
  Kokkos::deep_copy(result, HostArray<const T>(values.data(), values.size()));
  return result;
}

/// Names a region for Kokkos Tools while it lives.
class ScopedRegion {
public:
  explicit ScopedRegion(const std::string& name) { Kokkos::Profiling::pushRegion(name); }
  ~ScopedRegion() { Kokkos::Profiling::popRegion(); }
  ScopedRegion(const ScopedRegion&) = delete;
  ScopedRegion& operator=(const ScopedRegion&) = delete;
};

inline std::string kokkos_version() {
  return std::to_string(KOKKOS_VERSION / 10000) + "." + std::to_string(KOKKOS_VERSION / 100 % 100) + "." +
         std::to_string(KOKKOS_VERSION % 100);
}

}  // namespace bornflow
