#pragma once

#include <cstddef>
#include <string>

#include "bornflow/base/kokkos_compat.hpp"

namespace bornflow {

/// A batch of images: sample, row (z), column (x), channel; channels are contiguous in memory ("NHWC").
///
/// Channels last makes a 1x1 convolution one matrix product, keeps every channel operation contiguous, and is a layout
/// that vendor libraries take without a reorder. Copies share the data (Kokkos view semantics).
template <class T>
struct Tensor {
  int n = 0, h = 0, w = 0, c = 0;
  DeviceArray<T> data;

  Tensor() = default;
  Tensor(int n_, int h_, int w_, int c_, const std::string& label = "bornflow::Tensor")
      : n(n_), h(h_), w(w_), c(c_), data(label, static_cast<std::size_t>(n_) * h_ * w_ * c_) {}

  std::size_t size() const { return static_cast<std::size_t>(n) * h * w * c; }
  std::size_t pixels() const { return static_cast<std::size_t>(n) * h * w; }
  std::size_t sample_size() const { return static_cast<std::size_t>(h) * w * c; }
};

/// An independent tensor of the same shape and values.
template <class T>
Tensor<T> clone(const Tensor<T>& source) {
  Tensor<T> copy(source.n, source.h, source.w, source.c);
  Kokkos::deep_copy(copy.data, source.data);
  return copy;
}

}  // namespace bornflow
