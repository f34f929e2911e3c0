#include "solvers/acoustic/leapfrog/leapfrog.hpp"

#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/leapfrog/leapfrog_kernel.hpp"

namespace bornflow {

namespace {

std::int64_t image_plane_stride(const PaddedLayout& layout) { return layout.image_row_stride * layout.physical_ny; }

/// Calls act(KernelsOfRadius) with the kernels compiled for the medium's stencil radius.
template <int radius = 1, class T, class Act>
void with_kernels(const Medium<T>& medium, const Act& act) {
  if constexpr (radius > 8) {
    BORNFLOW_REQUIRE(false, "no kernel for stencil radius " + std::to_string(medium.layout.radius));
  } else if (medium.layout.radius != radius) {
    with_kernels<radius + 1>(medium, act);
  } else {
    act(detail::KernelsOfRadius<T, radius>{});
  }
}

template <class T, class Interior>
void dispatch(const char* label, const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, const Interior& interior) {
  if (medium.density) {
    medium.density->apply(box, u.current, u.batch);
    detail::KernelsOfRadius<T, 0>::run(label, medium, box, u, interior);
    return;
  }
  with_kernels(medium, [&](auto kernels) { kernels.run(label, medium, box, u, interior); });
}

}  // namespace

template <class T>
Wavefield<T>::Wavefield(const PaddedLayout& layout, int n_batch, int colour)
    : previous(allocate_field<T>("bornflow::Wavefield::previous", layout.field_size * n_batch, colour)),
      current(allocate_field<T>("bornflow::Wavefield::current", layout.field_size * n_batch, colour + 1)),
      batch(n_batch) {
  if (layout.memory_size > 0)
    memory = allocate_field<T>("bornflow::Wavefield::memory", layout.memory_size * n_batch, colour + 2);
}

template <class T>
void Wavefield<T>::set_zero() {
  Kokkos::deep_copy(previous, T(0));
  Kokkos::deep_copy(current, T(0));
  Kokkos::deep_copy(memory, T(0));
}

template <class T>
void Wavefield<T>::assign(const Wavefield& other) const {
  Kokkos::deep_copy(previous, other.previous);
  Kokkos::deep_copy(current, other.current);
  Kokkos::deep_copy(memory, other.memory);
}

template <class T>
void leapfrog(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u) {
  dispatch("bornflow::leapfrog", medium, box, u, detail::Propagate{});
}

template <class T>
void leapfrog_storing(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, T* acceleration) {
  BORNFLOW_REQUIRE(u.batch == 1, "one background field has one acceleration");
  dispatch("bornflow::leapfrog_storing", medium, box, u, detail::Store<T>{acceleration, image_plane_stride(medium.layout)});
}

template <class T>
void leapfrog_storing_half(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, HalfBits* acceleration,
                           T scale) {
  BORNFLOW_REQUIRE(u.batch == 1, "one background field has one acceleration");
  dispatch("bornflow::leapfrog_storing_half", medium, box, u,
           detail::StoreHalf<T>{acceleration, image_plane_stride(medium.layout), scale});
}

template <class T>
void leapfrog_scattering(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& du, const T* acceleration,
                         const T* perturbation) {
  dispatch("bornflow::leapfrog_scattering", medium, box, du,
           detail::Scatter<T>{acceleration, perturbation, image_plane_stride(medium.layout), medium.layout.image_size});
}

template <class T>
void leapfrog_born(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) {
  BORNFLOW_REQUIRE(u.batch == 1, "the scattered fields of a batch share one background field");
  if (medium.density) {
    T* const acceleration = medium.density->acceleration();
    leapfrog_storing(medium, box, u, acceleration);
    leapfrog_scattering(medium, box, du, acceleration, perturbation);
    return;
  }
  with_kernels(medium, [&](auto kernels) { kernels.run_born(medium, box, u, du, perturbation); });
}

template <class T>
void leapfrog_imaging(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& v, const T* acceleration, T* image) {
  dispatch("bornflow::leapfrog_imaging", medium, box, v,
           detail::Image<T>{acceleration, image, image_plane_stride(medium.layout), medium.layout.image_size});
}

template <class T>
void leapfrog_imaging_half(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& v,
                           const HalfBits* acceleration, T weight, T* image) {
  dispatch("bornflow::leapfrog_imaging_half", medium, box, v,
           detail::ImageHalf<T>{acceleration, image, image_plane_stride(medium.layout), medium.layout.image_size, weight});
}

#define BORNFLOW_COMPILE_LEAPFROG(T)                                                                          \
  template struct Wavefield<T>;                                                                               \
  template void leapfrog(const Medium<T>&, const IndexBox&, const Wavefield<T>&);                             \
  template void leapfrog_storing(const Medium<T>&, const IndexBox&, const Wavefield<T>&, T*);                 \
  template void leapfrog_storing_half(const Medium<T>&, const IndexBox&, const Wavefield<T>&, HalfBits*, T);  \
  template void leapfrog_imaging_half(const Medium<T>&, const IndexBox&, const Wavefield<T>&, const HalfBits*, T, T*); \
  template void leapfrog_scattering(const Medium<T>&, const IndexBox&, const Wavefield<T>&, const T*, const T*); \
  template void leapfrog_born(const Medium<T>&, const IndexBox&, const Wavefield<T>&, const Wavefield<T>&, const T*); \
  template void leapfrog_imaging(const Medium<T>&, const IndexBox&, const Wavefield<T>&, const T*, T*)

BORNFLOW_COMPILE_LEAPFROG(float);
BORNFLOW_COMPILE_LEAPFROG(double);

}  // namespace bornflow
