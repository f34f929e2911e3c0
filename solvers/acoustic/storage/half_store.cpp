#include "solvers/acoustic/storage/half_store.hpp"

#include "solvers/acoustic/storage/storage_scale.hpp"

namespace bornflow {

template <class T>
HalfStore<T>::HalfStore(const StorageProblem& problem)
    : kept_{problem.steps, half_keeps_every(problem.dt, problem.max_frequency)},
      image_size_(problem.layout.image_size),
      scale_(storage_scale<T>(problem.acceleration_bound)),
      accelerations_(allocate_field<HalfBits>("bornflow::HalfStore::accelerations", image_size_ * kept_.count(), 6)) {}

template <class T>
void HalfStore<T>::forward_step(int n, const Wavefield<T>& u) {
  if (kept_.keeps(n))
    this->background().propagate_storing_half(n, u, at(n), scale_);
  else
    this->background().propagate(n, u);
}

template <class T>
void HalfStore<T>::adjoint_step(int n, Wavefield<T>&, const Wavefield<T>& v, T* image) {
  if (kept_.keeps(n))
    this->stepper().propagate_imaging_half(v, at(n), static_cast<T>(kept_.every) / scale_, image);
  else
    this->stepper().propagate_adjoint(v);
}

template class HalfStore<float>;
template class HalfStore<double>;

}  // namespace bornflow
