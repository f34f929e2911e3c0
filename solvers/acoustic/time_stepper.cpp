#include "solvers/acoustic/time_stepper.hpp"

#include <algorithm>

#include "solvers/acoustic/cpml/cpml_layer.hpp"

namespace bornflow {

namespace {

/// Cuts `width` points off one side of `box` and returns them.
IndexBox cut_off(IndexBox& box, Axis axis, Side side, int width) {
  IndexBox slab = box;
  const auto cut = [&](int& begin, int& end, int& slab_begin, int& slab_end) {
    const int n = std::min(width, end - begin);
    if (side == Side::low)
      slab_end = begin += n;
    else
      slab_begin = end -= n;
  };
  if (axis == Axis::x) cut(box.x_begin, box.x_end, slab.x_begin, slab.x_end);
  if (axis == Axis::y) cut(box.y_begin, box.y_end, slab.y_begin, slab.y_end);
  if (axis == Axis::z) cut(box.z_begin, box.z_end, slab.z_begin, slab.z_end);
  return slab;
}

/// u(-k) = -u(k) for the rim above the first row; the next part may own the row k. The Laplacian of an odd field is zero in
/// the first row, to the bit.
template <class T>
void mirror(const PaddedLayout& layout, const Wavefield<T>& field) {
  T* const u = field.current.data();
  const std::int64_t plane = layout.plane_stride, row = layout.row_stride, size = layout.field_size;
  const std::int64_t first = layout.offset(0, 0, 0);
  const int nx = layout.nx, ny = layout.ny, depth = layout.rim;
  const std::int64_t width = kernels_run_on_host ? nx : 1, pieces = nx / width;
  Kokkos::parallel_for(
      "bornflow::TimeStepper::mirror",
      Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(
          0, pieces * ny * depth * static_cast<std::int64_t>(field.batch)),
      KOKKOS_LAMBDA(std::int64_t index) {
        const std::int64_t x = index % pieces * width, y = index / pieces % ny, rest = index / (pieces * ny);
        const std::int64_t k = 1 + rest % depth;
        T* const at = u + rest / depth * size + first + y * row + x;
        for (std::int64_t i = 0; i < width; ++i) at[i - k * plane] = -at[i + k * plane];
      });
}

}  // namespace

template <class T>
TimeStepper<T>::TimeStepper(const Medium<T>& medium, const Subdomain& subdomain, Transport transport)
    : medium_(medium), subdomain_(subdomain), transport_(transport), interior_(medium.layout.box()) {
  for (const Axis axis : {Axis::z, Axis::y, Axis::x})
    for (const Side side : {Side::low, Side::high})
      if (subdomain.neighbour(axis, side) >= 0)
        near_faces_.push_back(cut_off(interior_, axis, side, medium.layout.rim));
}

template <class T>
bool TimeStepper<T>::has_free_surface() const {
  return medium_.top == Top::free_surface && layout().start_z == 0;
}

template <class T>
HaloExchange<T>& TimeStepper<T>::halo(int batch, int place) const {
  auto& plan = halos_[{batch, place}];
  if (!plan) plan = std::make_unique<HaloExchange<T>>(layout(), subdomain_, batch, transport_);
  return *plan;
}

template <class T>
template <class Kernel>
void TimeStepper<T>::step(std::initializer_list<const Wavefield<T>*> fields, const Kernel& kernel) const {
  if (has_free_surface())
    for (const Wavefield<T>* field : fields) mirror(layout(), *field);
  if (near_faces_.empty()) {
    kernel(interior_);
    return;
  }
  int place = 0;
  for (const Wavefield<T>* field : fields) halo(field->batch, place++).start(field->current);
  kernel(interior_);
  place = 0;
  for (const Wavefield<T>* field : fields) halo(field->batch, place++).finish(field->current);
  if (has_free_surface() && layout().nz <= layout().rim)   // the mirror reaches rows that have only come now
    for (const Wavefield<T>* field : fields) mirror(layout(), *field);
  for (const IndexBox& box : near_faces_) kernel(box);
}

template <class T>
void TimeStepper<T>::propagate(const Wavefield<T>& u) const {
  step({&u}, [&](const IndexBox& box) { leapfrog(medium_, box, u); });
  absorb(medium_, u);
}

template <class T>
void TimeStepper<T>::propagate_adjoint(const Wavefield<T>& v) const {
  step({&v}, [&](const IndexBox& box) { leapfrog(medium_, box, v); });
  absorb_adjoint(medium_, v);
}

template <class T>
void TimeStepper<T>::propagate_storing(const Wavefield<T>& u, T* acceleration) const {
  step({&u}, [&](const IndexBox& box) { leapfrog_storing(medium_, box, u, acceleration); });
  absorb(medium_, u);
}

template <class T>
void TimeStepper<T>::propagate_storing_half(const Wavefield<T>& u, HalfBits* acceleration, T scale) const {
  step({&u}, [&](const IndexBox& box) { leapfrog_storing_half(medium_, box, u, acceleration, scale); });
  absorb(medium_, u);
}

template <class T>
void TimeStepper<T>::retrace(const Wavefield<T>& u, T* acceleration) const {
  step({&u}, [&](const IndexBox& box) { leapfrog_storing(medium_, box, u, acceleration); });
}

template <class T>
void TimeStepper<T>::scatter(const Wavefield<T>& du, const T* acceleration, const T* perturbation) const {
  step({&du}, [&](const IndexBox& box) { leapfrog_scattering(medium_, box, du, acceleration, perturbation); });
  absorb(medium_, du);
}

template <class T>
void TimeStepper<T>::propagate_born(const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) const {
  step({&u, &du}, [&](const IndexBox& box) { leapfrog_born(medium_, box, u, du, perturbation); });
  absorb(medium_, u);
  absorb(medium_, du);
}

template <class T>
void TimeStepper<T>::propagate_imaging(const Wavefield<T>& v, const T* acceleration, T* image) const {
  step({&v}, [&](const IndexBox& box) { leapfrog_imaging(medium_, box, v, acceleration, image); });
  absorb_adjoint(medium_, v);
}

template <class T>
void TimeStepper<T>::propagate_imaging_half(const Wavefield<T>& v, const HalfBits* acceleration, T weight,
                                            T* image) const {
  step({&v}, [&](const IndexBox& box) { leapfrog_imaging_half(medium_, box, v, acceleration, weight, image); });
  absorb_adjoint(medium_, v);
}

template class TimeStepper<float>;
template class TimeStepper<double>;

}  // namespace bornflow
