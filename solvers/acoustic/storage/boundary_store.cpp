#include "solvers/acoustic/storage/boundary_store.hpp"

namespace bornflow {

namespace {

/// action(element of the field, element of the image) for every physical point.
template <class Action>
void for_each_physical_point(const char* label, const PaddedLayout& layout, const Action& action) {
  const std::int64_t points = static_cast<std::int64_t>(layout.physical_nz) * layout.physical_ny * layout.physical_nx;
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, points),
      KOKKOS_LAMBDA(std::int64_t point) {
        const int x = static_cast<int>(point % layout.physical_nx);
        const std::int64_t row = point / layout.physical_nx;
        const int y = static_cast<int>(row % layout.physical_ny), z = static_cast<int>(row / layout.physical_ny);
        action(layout.offset(z + layout.layer_z, y + layout.layer_y, x + layout.layer_x), layout.image_offset(z, y, x));
      });
}

}  // namespace

template <class T>
BoundaryStore<T>::BoundaryStore(const StorageProblem& problem)
    : layout_(problem.layout),
      rim_(layout_),
      rims_(allocate_field<T>("bornflow::BoundaryStore::rims", rim_.size() * problem.steps, 6)),
      before_last_(allocate_field<T>("bornflow::BoundaryStore::before_last", layout_.image_size, 0)),
      last_(allocate_field<T>("bornflow::BoundaryStore::last", layout_.image_size, 1)),
      acceleration_(allocate_field<T>("bornflow::BoundaryStore::acceleration", layout_.image_size, 7)) {}

template <class T>
void BoundaryStore<T>::forward_step(int n, const Wavefield<T>& u) {
  rim_.save(u.current.data(), rim_at(n));
  this->background().propagate(n, u);
}

template <class T>
void BoundaryStore<T>::end_forward(const Wavefield<T>& u) {
  const T* const previous = u.previous.data();
  const T* const current = u.current.data();
  T* const before_last = before_last_.data();
  T* const last = last_.data();
  for_each_physical_point("bornflow::BoundaryStore::keep_end", layout_, KOKKOS_LAMBDA(std::int64_t at, std::int64_t image) {
    before_last[image] = previous[at];
    last[image] = current[at];
  });
}

template <class T>
void BoundaryStore<T>::begin_adjoint(Wavefield<T>& u) {
  u.set_zero();
  T* const previous = u.previous.data();
  T* const current = u.current.data();
  const T* const before_last = before_last_.data();
  const T* const last = last_.data();
  for_each_physical_point("bornflow::BoundaryStore::load_end", layout_, KOKKOS_LAMBDA(std::int64_t at, std::int64_t image) {
    previous[at] = last[image];
    current[at] = before_last[image];
  });
}

template <class T>
void BoundaryStore<T>::adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) {
  rim_.restore(rim_at(n), u.current.data());   // u.current is u^n, u.previous u^(n+1)
  this->background().retrace(n, u, acceleration_.data());
  u.advance();
  this->count_rerun(1);
  this->stepper().propagate_imaging(v, acceleration_.data(), image);
}

template class BoundaryStore<float>;
template class BoundaryStore<double>;

}  // namespace bornflow
