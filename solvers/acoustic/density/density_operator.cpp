#include "solvers/acoustic/density/density_operator.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density_kernel.hpp"
#include "solvers/acoustic/field_memory.hpp"
#include "solvers/acoustic/finite_difference.hpp"

namespace bornflow {

namespace {

template <class T>
StaggeredStencil<T> make_staggered_stencil(const Grid& g, int space_order) {
  const auto weights = staggered_derivative_weights(space_order);
  StaggeredStencil<T> stencil{};
  const auto set_axis = [&](int n, double h, T* axis) {
    if (n == 1) return;
    for (std::size_t k = 1; k < weights.size(); ++k) axis[k] = static_cast<T>(1000 / h * weights[k]);   // m -> km
  };
  set_axis(g.nx, g.dx, stencil.x);
  set_axis(g.ny, g.dy, stencil.y);
  set_axis(g.nz, g.dz, stencil.z);
  return stencil;
}

template <class T, int radius = 1>
void launch_of_radius(const detail::DensityArrays<T>& arrays, const IndexBox& box, int batch) {
  if constexpr (radius > 8) {
    BORNFLOW_REQUIRE(false, "no kernel for stencil radius " + std::to_string(arrays.layout.radius));
  } else if (arrays.layout.radius != radius) {
    launch_of_radius<T, radius + 1>(arrays, box, batch);
  } else if (arrays.layout.is_3d()) {
    detail::launch_density<T, radius, true>(arrays, box, batch);
  } else {
    detail::launch_density<T, radius, false>(arrays, box, batch);
  }
}

}  // namespace

template <class T>
DensityOperator<T>::DensityOperator(const Subdomain& subdomain, const PropagatorOptions& options, const PaddedLayout& layout)
    : layout_(layout),
      weights_(make_staggered_stencil<T>(subdomain.global, options.space_order)),
      density_(allocate_field<T>("bornflow::DensityOperator::density", layout.field_size, 9)) {
  const Grid& g = subdomain.global;
  const std::vector<float>& density = *options.density;
  const bool is_mirror = options.top == Top::free_surface;
  Kokkos::deep_copy(density_, T(1));   // packs reach over the ends of rows
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), density_);
  for (int iz = -layout.rim_z(); iz < layout.nz + layout.rim_z(); ++iz)
    for (int iy = -layout.rim_y(); iy < layout.ny + layout.rim_y(); ++iy)
      for (int ix = -layout.rim_x(); ix < layout.nx + layout.rim_x(); ++ix) {
        const int row = layout.start_z + iz - layout.margin_z;
        const std::size_t z = std::clamp(is_mirror ? std::abs(row) : row, 0, g.nz - 1);
        const std::size_t y = std::clamp(layout.start_y + iy - layout.margin_y, 0, g.ny - 1);
        const std::size_t x = std::clamp(layout.start_x + ix - layout.margin_x, 0, g.nx - 1);
        host(layout.offset(iz, iy, ix)) = static_cast<T>(density[(z * g.ny + y) * g.nx + x]);
      }
  Kokkos::deep_copy(density_, host);
}

template <class T>
void DensityOperator<T>::reserve(int batch) {
  if (batch <= batch_) return;
  flux_x_ = flux_y_ = flux_z_ = applied_ = DeviceArray<T>();   // frees before it allocates
  const std::int64_t size = layout_.field_size * batch;
  flux_x_ = allocate_field<T>("bornflow::DensityOperator::flux_x", size, 10);
  if (layout_.is_3d()) flux_y_ = allocate_field<T>("bornflow::DensityOperator::flux_y", size, 11);
  flux_z_ = allocate_field<T>("bornflow::DensityOperator::flux_z", size, 12);
  applied_ = allocate_field<T>("bornflow::DensityOperator::applied", size, 13);
  batch_ = batch;
}

template <class T>
void DensityOperator<T>::apply(const IndexBox& box, const DeviceArray<T>& fields, int batch) {
  reserve(batch);
  launch_of_radius<T>({layout_, weights_, density_.data(), fields.data(), flux_x_.data(), flux_y_.data(), flux_z_.data(),
                       applied_.data()},
                      box, batch);
}

template <class T>
T* DensityOperator<T>::acceleration() {
  if (acceleration_.extent(0) == 0)
    acceleration_ = allocate_field<T>("bornflow::DensityOperator::acceleration", layout_.image_size, 14);
  return acceleration_.data();
}

template class DensityOperator<float>;
template class DensityOperator<double>;

}  // namespace bornflow
