#pragma once

#include <algorithm>
#include <vector>

#include "bornflow/inference/batch.hpp"
#include "flows/tensor/tensor.hpp"

/// Batches of inference, in double on the host, and tensors of networks, in single precision where kernels run.
namespace bornflow {

inline Tensor<float> to_tensor(const Batch& batch) {
  Tensor<float> t(batch.count, 1, 1, batch.size);
  Kokkos::deep_copy(t.data, to_device("bornflow::to_tensor::rows", std::vector<float>(batch.values.begin(), batch.values.end())));
  return t;
}

inline Batch to_batch(const Tensor<float>& t) {
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), t.data);
  Batch batch(t.n, t.h * t.w * t.c);
  std::copy_n(host.data(), batch.values.size(), batch.values.begin());
  return batch;
}

}  // namespace bornflow
