#include "src/app/adapters/batch_tensor.hpp"

#include <algorithm>
#include <vector>

#include "bornflow/base/error.hpp"

namespace bornflow {

Tensor<float> to_tensor(const Batch& batch, const RowShape& shape) {
  BORNFLOW_REQUIRE(batch.size == shape.size(), "rows of another size than the network");
  Tensor<float> tensor(batch.count, shape.h, shape.w, shape.c);
  Kokkos::deep_copy(tensor.data, to_device("bornflow::to_tensor::rows",
                                           std::vector<float>(batch.values.begin(), batch.values.end())));
  return tensor;
}

Batch to_batch(const Tensor<float>& tensor) {
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), tensor.data);
  Batch batch(tensor.n, static_cast<int>(tensor.sample_size()));
  std::copy_n(host.data(), batch.values.size(), batch.values.begin());
  return batch;
}

}  // namespace bornflow
