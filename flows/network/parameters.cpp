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

namespace {

template <class T>
auto part(const DeviceArray<T>& buffer, const ParameterSlice& slice) {
  return Kokkos::subview(buffer, std::make_pair(slice.offset, slice.offset + slice.size));
}

}  // namespace

template <class T>
std::vector<double> Parameters<T>::get(const ParameterSlice& slice) const {
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), part<T>(values_, slice));
  return std::vector<double>(host.data(), host.data() + slice.size);
}

template <class T>
void Parameters<T>::set(const ParameterSlice& slice, const std::vector<double>& values) {
  BORNFLOW_REQUIRE(values.size() == slice.size, "parameter '" + slice.name + "' has another size");
  HostArray<T> host("bornflow::Parameters::staging", slice.size);
  for (std::size_t i = 0; i < slice.size; ++i) host(i) = static_cast<T>(values[i]);
  Kokkos::deep_copy(part<T>(values_, slice), host);
}

template <class T>
void Parameters<T>::add_gradient(const ParameterSlice& slice, const std::vector<double>& gradient) {
  BORNFLOW_REQUIRE(gradient.size() == slice.size, "parameter '" + slice.name + "' has another size");
  const auto target = part<T>(gradients_, slice);
  HostArray<T> host("bornflow::Parameters::staging", slice.size);
  Kokkos::deep_copy(host, target);
  for (std::size_t i = 0; i < slice.size; ++i) host(i) += static_cast<T>(gradient[i]);
  Kokkos::deep_copy(target, host);
}

template class Parameters<float>;
template class Parameters<double>;

}  // namespace bornflow
