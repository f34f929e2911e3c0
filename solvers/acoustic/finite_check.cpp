#include "solvers/acoustic/finite_check.hpp"

#include <cmath>
#include <sstream>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

template <class T>
[[noreturn]] void report(const Medium<T>& medium, std::int64_t element, double value, int step, const std::string& what) {
  const PaddedLayout& layout = medium.layout;
  const std::int64_t in_field = element % layout.field_size - layout.origin;
  const std::int64_t iz = in_field / layout.plane_stride;
  const std::int64_t iy = in_field % layout.plane_stride / layout.row_stride;
  const std::int64_t ix = in_field % layout.row_stride;
  std::ostringstream text;
  text << "The " << what << " became " << value << " at or before step " << step << " (t = " << step * medium.dt
       << " s), first at (iz, iy, ix) = (" << layout.start_z + iz - layout.margin_z << ", "
       << layout.start_y + iy - layout.margin_y << ", "
       << layout.start_x + ix - layout.margin_x << ") of the physical grid (field " << element / layout.field_size
       << " of the batch). Likely causes: a source, trace or image that is not finite or is close to overflow; or a "
          "time step above the stability limit of the model.";
  throw NumericalError(text.str());
}

}  // namespace

template <class T>
void require_finite(const Medium<T>& medium, const DeviceArray<T>& fields, int batch, int step,
                    const std::string& what) {
  const PaddedLayout layout = medium.layout;
  const T* const values = fields.data();
  const std::int64_t n = layout.row_stride * (layout.ny - 1) + layout.nx;  // rows of one plane lie side by side
  const std::int64_t length = kernels_run_on_host ? n : 1, pieces = n / length;   // planes on the host, points on a device
  T bad = 0;  // u - u is 0 for a number, NaN for NaN and infinity; a sum vectorises, a search does not
  Kokkos::parallel_reduce(
      "bornflow::require_finite",
      Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, pieces * layout.nz * batch),
      KOKKOS_LAMBDA(std::int64_t index, T & sum) {
        const std::int64_t piece = index % pieces, plane = index / pieces;
        const T* const from = values + plane / layout.nz * layout.field_size +
                              layout.offset(static_cast<int>(plane % layout.nz), 0, 0) + piece * length;
        T piece_sum = 0;
#pragma omp simd reduction(+ : piece_sum)
        for (std::int64_t i = 0; i < length; ++i) piece_sum += from[i] - from[i];
        sum += piece_sum;
      },
      bad);
  if (bad == 0) return;
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), fields);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(host.extent(0)); ++i)
    if (!std::isfinite(host(i))) report(medium, i, static_cast<double>(host(i)), step, what);
}

template void require_finite(const Medium<float>&, const DeviceArray<float>&, int, int, const std::string&);
template void require_finite(const Medium<double>&, const DeviceArray<double>&, int, int, const std::string&);

}  // namespace bornflow
