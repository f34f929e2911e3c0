#include "solvers/acoustic/time_stepper.hpp"

#include <algorithm>

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

}  // namespace

template <class T>
TimeStepper<T>::TimeStepper(const Medium<T>& medium, const Subdomain& subdomain, Transport transport)
    : medium_(medium), subdomain_(subdomain), transport_(transport), interior_(medium.layout.box()) {
  for (const Axis axis : {Axis::z, Axis::y, Axis::x})
    for (const Side side : {Side::low, Side::high})
      if (subdomain.neighbour(axis, side) >= 0)
        near_faces_.push_back(cut_off(interior_, axis, side, medium.layout.radius));
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
  if (near_faces_.empty()) {
    kernel(interior_);
    return;
  }
  int place = 0;
  for (const Wavefield<T>* field : fields) halo(field->batch, place++).start(field->current);
  kernel(interior_);
  place = 0;
  for (const Wavefield<T>* field : fields) halo(field->batch, place++).finish(field->current);
  for (const IndexBox& box : near_faces_) kernel(box);
}

template <class T>
void TimeStepper<T>::propagate(const Wavefield<T>& u) const {
  step({&u}, [&](const IndexBox& box) { leapfrog(medium_, box, u); });
}

template <class T>
void TimeStepper<T>::propagate_storing(const Wavefield<T>& u, T* acceleration) const {
  step({&u}, [&](const IndexBox& box) { leapfrog_storing(medium_, box, u, acceleration); });
}

template <class T>
void TimeStepper<T>::scatter(const Wavefield<T>& du, const T* acceleration, const T* perturbation) const {
  step({&du}, [&](const IndexBox& box) { leapfrog_scattering(medium_, box, du, acceleration, perturbation); });
}

template <class T>
void TimeStepper<T>::propagate_born(const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) const {
  step({&u, &du}, [&](const IndexBox& box) { leapfrog_born(medium_, box, u, du, perturbation); });
}

template <class T>
void TimeStepper<T>::propagate_imaging(const Wavefield<T>& v, const T* acceleration, T* image) const {
  step({&v}, [&](const IndexBox& box) { leapfrog_imaging(medium_, box, v, acceleration, image); });
}

template class TimeStepper<float>;
template class TimeStepper<double>;

}  // namespace bornflow
