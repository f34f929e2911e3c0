#pragma once

#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/leapfrog_kernel.hpp"

/// Definitions of leapfrog.hpp; included only by the files that compile them for one number type each.
namespace bornflow {

namespace detail {

template <class T, int radius, bool is_3d, class Interior>
void launch(const char* label, const Medium<T>& medium, const Wavefield<T>& u, const Interior& interior) {
  const PaddedLayout& layout = medium.layout;
  const detail::BlockKernel<T, radius, is_3d, Interior> kernel{
      layout,
      {layout.layer_z, layout.physical_nz},
      {medium.stencil, layout.row_stride, layout.plane_stride},
      medium.courant.data(),
      medium.damping_x.data(),
      medium.damping_y.data(),
      medium.damping_z.data(),
      u.previous.data(),
      u.current.data(),
      u.batch,
      interior};
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, kernel.work_items()), kernel);
}

inline std::int64_t image_plane_stride(const PaddedLayout& layout) { return layout.image_row_stride * layout.physical_ny; }

/// Calls the kernel compiled for the medium's stencil radius and number of dimensions.
template <int radius = 1, class T, class Interior>
void dispatch(const char* label, const Medium<T>& medium, const Wavefield<T>& u, const Interior& interior) {
  if constexpr (radius > 8) {
    BORNFLOW_REQUIRE(false, "no kernel for stencil radius " + std::to_string(medium.layout.radius));
  } else if (medium.layout.radius != radius) {
    dispatch<radius + 1>(label, medium, u, interior);
  } else if (medium.layout.is_3d()) {
    launch<T, radius, true>(label, medium, u, interior);
  } else {
    launch<T, radius, false>(label, medium, u, interior);
  }
}

}  // namespace detail

template <class T>
Wavefield<T>::Wavefield(const PaddedLayout& layout, int n_batch, int colour)
    : previous(allocate_field<T>("bornflow::Wavefield::previous", layout.field_size * n_batch, colour)),
      current(allocate_field<T>("bornflow::Wavefield::current", layout.field_size * n_batch, colour + 1)),
      batch(n_batch) {}

template <class T>
void Wavefield<T>::set_zero() {
  Kokkos::deep_copy(previous, T(0));
  Kokkos::deep_copy(current, T(0));
}

template <class T>
void leapfrog(const Medium<T>& medium, const Wavefield<T>& u) {
  detail::dispatch("bornflow::leapfrog", medium, u, detail::Propagate{});
}

template <class T>
void leapfrog_storing(const Medium<T>& medium, const Wavefield<T>& u, T* acceleration) {
  BORNFLOW_REQUIRE(u.batch == 1, "one background field has one acceleration");
  detail::dispatch("bornflow::leapfrog_storing", medium, u, detail::Store<T>{acceleration, detail::image_plane_stride(medium.layout)});
}

template <class T>
void leapfrog_scattering(const Medium<T>& medium, const Wavefield<T>& du, const T* acceleration,
                         const T* perturbation) {
  detail::dispatch("bornflow::leapfrog_scattering", medium, du,
           detail::Scatter<T>{acceleration, perturbation, detail::image_plane_stride(medium.layout), medium.layout.image_size});
}

template <class T>
void leapfrog_born(const Medium<T>& medium, const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) {
  BORNFLOW_REQUIRE(u.batch == 1, "the scattered fields of a batch share one background field");
  detail::dispatch("bornflow::leapfrog_born", medium, u,
           detail::Born<T>{du.previous.data(), du.current.data(), perturbation, du.batch, u.current.data(),
                           medium.layout.field_size, detail::image_plane_stride(medium.layout), medium.layout.image_size});
  detail::dispatch("bornflow::leapfrog_born_layer", medium, du, detail::LayerOnly{});
}

template <class T>
void leapfrog_imaging(const Medium<T>& medium, const Wavefield<T>& v, const T* acceleration, T* image) {
  detail::dispatch("bornflow::leapfrog_imaging", medium, v, detail::Image<T>{acceleration, image, detail::image_plane_stride(medium.layout), medium.layout.image_size});
}

}  // namespace bornflow
