#pragma once

#include "bornflow/inference/batch.hpp"
#include "flows/tensor/tensor.hpp"

/// Batches of inference, in double on the host, and tensors of networks, in single precision where kernels run.
namespace bornflow {

/// A row of a batch as a network sees it; a vector is an image of one point.
struct RowShape {
  int h = 1, w = 1, c = 1;
  int size() const { return h * w * c; }
};

Tensor<float> to_tensor(const Batch& batch, const RowShape& shape);
/// Rows that are vectors.
inline Tensor<float> to_tensor(const Batch& batch) { return to_tensor(batch, {1, 1, batch.size}); }
Batch to_batch(const Tensor<float>& tensor);

}  // namespace bornflow
