#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bornflow/base/kokkos_compat.hpp"

namespace bornflow {

/// One named array inside the flat parameter buffer.
struct ParameterSlice {
  std::string name;       ///< for example "level3.coupling.conv1.weight"
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// Every trainable number of a network in one flat buffer, and its gradient in another of the same layout, so that data
/// parallelism is one all-reduce and a checkpoint is one dataset.
///
/// Layers call add() while the network is built and keep the slice; allocate() then makes the buffers, once.
template <class T>
class Parameters {
public:
  /// Reserves `size` numbers under a name that must be new. Only before allocate().
  ParameterSlice add(const std::string& name, std::size_t size);
  void allocate();

  std::size_t size() const { return total_; }
  const std::vector<ParameterSlice>& slices() const { return slices_; }
  DeviceArray<T> values() const { return values_; }
  DeviceArray<T> gradients() const { return gradients_; }
  T* value(const ParameterSlice& slice) const { return values_.data() + slice.offset; }
  T* gradient(const ParameterSlice& slice) const { return gradients_.data() + slice.offset; }
  void zero_gradients();

  /// Host access to one small array, in double, wherever the buffers live.
  std::vector<double> get(const ParameterSlice& slice) const;
  void set(const ParameterSlice& slice, const std::vector<double>& values);
  void add_gradient(const ParameterSlice& slice, const std::vector<double>& gradient);

private:
  std::vector<ParameterSlice> slices_;
  std::size_t total_ = 0;
  DeviceArray<T> values_;
  DeviceArray<T> gradients_;
};

}  // namespace bornflow
