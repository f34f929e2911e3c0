#include "solvers/acoustic/storage/full_store.hpp"

namespace bornflow {

template <class T>
FullStore<T>::FullStore(const StorageProblem& problem)
    : image_size_(problem.layout.image_size),
      accelerations_(allocate_field<T>("bornflow::FullStore::accelerations", image_size_ * problem.steps, 6)) {}

template <class T>
void FullStore<T>::forward_step(int n, const Wavefield<T>& u) {
  this->background().propagate_storing(n, u, at(n));
}

template <class T>
const T* FullStore<T>::acceleration(int n, Wavefield<T>&) {
  return at(n);
}

template <class T>
void FullStore<T>::adjoint_step(int n, Wavefield<T>&, const Wavefield<T>& v, T* image) {
  this->stepper().propagate_imaging(v, at(n), image);
}

template class FullStore<float>;
template class FullStore<double>;

}  // namespace bornflow
