#pragma once

#include <cstdint>

#include "solvers/acoustic/density/density_operator.hpp"
#include "solvers/acoustic/leapfrog/leapfrog_rows.hpp"

/// The kernels of DensityOperator: differences to half points and back. The unit of work is a row, on a device a point.
namespace bornflow::detail {

/// What both passes read and write; fields and fluxes are [batch] fields of the layout.
template <class T>
struct DensityArrays {
  PaddedLayout layout;
  StaggeredStencil<T> weights;
  const T* density;                   // one field
  const T* field;
  T *flux_x, *flux_y, *flux_z;        // element i is at the half point above i
  T* applied;
};

/// flux <- (1 / rho) D u at the half points that the divergence on `box` reads: below it `radius` of them along the axis,
/// above it one less. 1 / rho of a half point is that of the mean of its neighbours' densities, for it is the mass
/// between two points that a difference of pressure moves.
template <class T, int radius, bool is_3d>
struct FluxPass {
  DensityArrays<T> a;
  IndexBox inside;

  IndexBox box() const {
    const int y_low = is_3d ? radius : 0, y_high = is_3d ? radius - 1 : 0;
    return {inside.x_begin - radius, inside.x_end + radius - 1, inside.y_begin - y_low, inside.y_end + y_high,
            inside.z_begin - radius, inside.z_end + radius - 1};
  }
  KOKKOS_FORCEINLINE_FUNCTION void row(int b, int z, int y, int x_begin, int x_end) const {
    const bool is_inside_z = z >= inside.z_begin && z < inside.z_end, is_inside_y = y >= inside.y_begin && y < inside.y_end;
    if (is_inside_z && is_inside_y) along(a.flux_x, a.weights.x, 1, b, z, y, x_begin, x_end);
    const int first = x_begin > inside.x_begin ? x_begin : inside.x_begin;
    const int last = x_end < inside.x_end ? x_end : inside.x_end;
    if constexpr (is_3d)
      if (is_inside_z) along(a.flux_y, a.weights.y, a.layout.row_stride, b, z, y, first, last);
    if (is_inside_y) along(a.flux_z, a.weights.z, a.layout.plane_stride, b, z, y, first, last);
  }
  KOKKOS_FORCEINLINE_FUNCTION void along(T* flux, const T* w, std::int64_t step, int b, int z, int y, int x_begin,
                                         int x_end) const {
    for (int x = x_begin; x < x_end; x += pack_width<T>) {
      const std::int64_t point = a.layout.offset(z, y, x), at = b * a.layout.field_size + point;
      const T* const u = a.field + at;
      Pack<T> slope = spread(w[1]) * (load(u + step) - load(u));
      BORNFLOW_UNROLL
      for (int k = 2; k <= radius; ++k)
        slope = multiply_add<T>(spread(w[k]), load(u + k * step) - load(u + (1 - k) * step), slope);
      const Pack<T> twice_the_mean = load(a.density + point) + load(a.density + point + step);
      store(flux + at, spread(T(2)) * slope / twice_the_mean, x_end - x);
    }
  }
};

/// applied <- rho times the divergence of the flux, on `inside`.
template <class T, int radius, bool is_3d>
struct DivergencePass {
  DensityArrays<T> a;
  IndexBox inside;

  IndexBox box() const { return inside; }
  KOKKOS_FORCEINLINE_FUNCTION void row(int b, int z, int y, int x_begin, int x_end) const {
    for (int x = x_begin; x < x_end; x += pack_width<T>) {
      const std::int64_t point = a.layout.offset(z, y, x), at = b * a.layout.field_size + point;
      Pack<T> sum = spread(T(0));
      sum = add(sum, a.flux_x + at, a.weights.x, 1);
      if constexpr (is_3d) sum = add(sum, a.flux_y + at, a.weights.y, a.layout.row_stride);
      sum = add(sum, a.flux_z + at, a.weights.z, a.layout.plane_stride);
      store(a.applied + at, load(a.density + point) * sum, x_end - x);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> add(Pack<T> sum, const T* f, const T* w, std::int64_t step) const {
    BORNFLOW_UNROLL
    for (int k = 1; k <= radius; ++k)
      sum = multiply_add<T>(spread(w[k]), load(f + (k - 1) * step) - load(f - k * step), sum);
    return sum;
  }
};

/// Rows of a pass's box, or its points, of all fields of a batch.
template <class Pass>
struct PassKernel {
  Pass pass;
  IndexBox box;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    const int ny = box.y_end - box.y_begin, nz = box.z_end - box.z_begin;
    const int y = static_cast<int>(index % ny);
    const std::int64_t plane = index / ny;
    pass.row(static_cast<int>(plane / nz), box.z_begin + static_cast<int>(plane % nz), box.y_begin + y, box.x_begin, box.x_end);
  }
  KOKKOS_INLINE_FUNCTION void operator()(int x, int y, int plane) const {
    const int nz = box.z_end - box.z_begin, b = plane / nz;
    pass.row(b, box.z_begin + (plane - b * nz), y, x, x + 1);
  }
};

template <Form form, class Pass>
void launch_pass(const char* label, const Pass& pass, int batch) {
  const IndexBox box = pass.box();
  const PassKernel<Pass> kernel{pass, box};
  if constexpr (form == Form::rows) {
    Kokkos::parallel_for(label,
                         Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(
                             0, static_cast<std::int64_t>(box.ny()) * box.nz() * batch),
                         kernel);
  } else {
    using Policy = Kokkos::MDRangePolicy<ExecutionSpace, Kokkos::Rank<3, Kokkos::Iterate::Left, Kokkos::Iterate::Left>,
                                         Kokkos::IndexType<int>>;
    Kokkos::parallel_for(label, Policy({box.x_begin, box.y_begin, 0}, {box.x_end, box.y_end, box.nz() * batch}, {128, 1, 1}),
                         kernel);
  }
}

/// Both passes: applied <- rho div((1 / rho) grad u) on `box`.
template <class T, int radius, bool is_3d, Form form = form_of_kernels>
void launch_density(const DensityArrays<T>& arrays, const IndexBox& box, int batch) {
  if (box.size() == 0) return;
  launch_pass<form>("bornflow::density_flux", FluxPass<T, radius, is_3d>{arrays, box}, batch);
  launch_pass<form>("bornflow::density_divergence", DivergencePass<T, radius, is_3d>{arrays, box}, batch);
}

}  // namespace bornflow::detail
