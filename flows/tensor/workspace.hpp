#pragma once

#include <array>
#include <cstddef>

#include "bornflow/base/kokkos_compat.hpp"
#include "flows/tensor/kept_activations.hpp"
#include "flows/tensor/tensor.hpp"

namespace bornflow {

/// What a piece of scratch memory is for; two uses that live at the same time have different names.
enum class Scratch {
  padded_input, flipped_weights, packed_weights, tap_products, columns, vector_operand, weight_sums,  // convolution
  passive, joined, joined_weights, response, hidden1, hidden2, output, d_hidden1, d_hidden2, d_passive,  // sub-network
  d_condition,
  log_det_parts, mixed, mixing_matrix, mixing_gradient,                                               // layers
  count
};

/// Scratch memory that all layers of a network share, so that memory does not grow with depth. Buffers only grow.
template <class T>
class Workspace {
public:
  /// At least `size` numbers; contents are arbitrary. A later get() of the same name gives the same memory.
  DeviceArray<T> get(Scratch name, std::size_t size) {
    auto& buffer = buffers_[static_cast<std::size_t>(name)];
    if (buffer.extent(0) < size) {
      buffer = DeviceArray<T>();  // freed first: the high-water mark counts
      buffer = DeviceArray<T>("bornflow::Workspace", size);
    }
    return buffer;
  }
  T* pointer(Scratch name, std::size_t size) { return get(name, size).data(); }
  Tensor<T> tensor(Scratch name, int n, int h, int w, int c) {
    Tensor<T> t;
    t.n = n, t.h = h, t.w = w, t.c = c;
    t.data = get(name, t.size());
    return t;
  }
  /// Numbers held by all buffers.
  std::size_t size() const {
    std::size_t total = 0;
    for (const auto& buffer : buffers_) total += buffer.extent(0);
    return total;
  }

  /// Activations that the backward pass reuses, where a network keeps some.
  KeptActivations<T>& kept() { return kept_; }

private:
  KeptActivations<T> kept_;
  std::array<DeviceArray<T>, static_cast<std::size_t>(Scratch::count)> buffers_;
};

}  // namespace bornflow
