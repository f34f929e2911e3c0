#include "flows/network/parameters.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

template <class T>
ParameterSlice Parameters<T>::add(const std::string& name, std::size_t size) {
  BORNFLOW_REQUIRE(values_.data() == nullptr, "parameter '" + name + "' comes after allocate()");
  for (const auto& slice : slices_) BORNFLOW_REQUIRE(slice.name != name, "parameter '" + name + "' exists already");
  slices_.push_back({name, total_, size});
  total_ += size;
  return slices_.back();
}

template <class T>
void Parameters<T>::allocate() {
  BORNFLOW_REQUIRE(values_.data() == nullptr, "allocate() was called twice");
  values_ = DeviceArray<T>("bornflow::Parameters::values", total_);
  gradients_ = DeviceArray<T>("bornflow::Parameters::gradients", total_);
}

template <class T>
void Parameters<T>::zero_gradients() {
  Kokkos::deep_copy(gradients_, T(0));
}

template class Parameters<float>;
template class Parameters<double>;

}  // namespace bornflow
