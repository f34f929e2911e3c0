#include "solvers/acoustic/storage/byte_store.hpp"

#include "solvers/acoustic/storage/storage_scale.hpp"

namespace bornflow {

template <class T>
ByteStore<T>::ByteStore(const StorageProblem& problem)
    : kept_{problem.steps, half_keeps_every(problem.dt, problem.max_frequency)},
      image_size_(problem.layout.image_size),
      scale_(storage_scale<T>(problem.acceleration_bound)),
      recent_(allocate_field<T>("bornflow::ByteStore::recent", image_size_ * byte_group, 6)),
      bytes_(allocate_field<std::int8_t>("bornflow::ByteStore::bytes", image_size_ * kept_.count(), 5)),
      exponents_(allocate_field<std::uint8_t>("bornflow::ByteStore::exponents",
                                              image_size_ * ((kept_.count() + byte_group - 1) / byte_group), 4)) {}

template <class T>
void ByteStore<T>::forward_step(int n, const Wavefield<T>& u) {
  if (!kept_.keeps(n)) {
    this->background().propagate(n, u);
    return;
  }
  const int kept = kept_.index(n), slot = kept % byte_group;
  this->background().propagate_storing(n, u, recent(slot));
  if (slot + 1 == byte_group || n + 1 == kept_.steps)   // the last group may be shorter
    encode_bytes(recent(0), slot + 1, image_size_, scale_, bytes(kept - slot), exponents(kept));
}

template <class T>
void ByteStore<T>::adjoint_step(int n, Wavefield<T>&, const Wavefield<T>& v, T* image) {
  if (!kept_.keeps(n)) {
    this->stepper().propagate_adjoint(v);
    return;
  }
  const int kept = kept_.index(n);
  decode_bytes(bytes(kept), exponents(kept), image_size_, static_cast<T>(kept_.every) / scale_, recent(0));
  this->stepper().propagate_imaging(v, recent(0), image);
}

template class ByteStore<float>;
template class ByteStore<double>;

}  // namespace bornflow
