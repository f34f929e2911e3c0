#include "flows/network/latent.hpp"

#include "bornflow/base/error.hpp"
#include "flows/layers/channel_kernels.hpp"

namespace bornflow {

template <class T>
Tensor<T> reshaped(const Tensor<T>& t, int h, int w, int c) {
  Tensor<T> other = t;
  other.h = h, other.w = w, other.c = c;
  BORNFLOW_REQUIRE(other.size() == t.size(), "a reshape keeps the number of values");
  return other;
}

template <class T>
Tensor<T> flattened(const Tensor<T>& t) {
  return reshaped(t, 1, 1, static_cast<int>(t.sample_size()));
}

template <class T>
Tensor<T> repeated(const Tensor<T>& y, int n) {
  if (y.n == n) return y;
  BORNFLOW_REQUIRE(y.n == 1, "a condition for each sample, or one for all");
  Tensor<T> all(n, y.h, y.w, y.c, "bornflow::repeated");
  const std::size_t size = y.sample_size();
  for (int s = 0; s < n; ++s)
    Kokkos::deep_copy(Kokkos::subview(all.data, std::make_pair(s * size, (s + 1) * size)), y.data);
  return all;
}

template <class T>
Tensor<T> scaled_copy(const Tensor<T>& z, double weight) {
  Tensor<T> result = clone(z);
  T* data = result.data.data();
  const T factor = static_cast<T>(weight);
  Kokkos::parallel_for("bornflow::scaled_copy", Kokkos::RangePolicy<ExecutionSpace>(0, z.size()),
                       KOKKOS_LAMBDA(const int i) { data[i] *= factor; });
  return result;
}

template <class T>
std::vector<double> gaussian_loss(const Tensor<T>& z, const std::vector<double>& log_det) {
  std::vector<double> loss = half_squares(z);
  for (std::size_t i = 0; i < loss.size(); ++i) loss[i] -= log_det[i];
  return loss;
}

#define BORNFLOW_INSTANTIATE(T)                                      \
  template Tensor<T> flattened(const Tensor<T>&);                    \
  template Tensor<T> reshaped(const Tensor<T>&, int, int, int);      \
  template Tensor<T> repeated(const Tensor<T>&, int);                \
  template Tensor<T> scaled_copy(const Tensor<T>&, double);          \
  template std::vector<double> gaussian_loss(const Tensor<T>&, const std::vector<double>&);
BORNFLOW_INSTANTIATE(float)
BORNFLOW_INSTANTIATE(double)
#undef BORNFLOW_INSTANTIATE

}  // namespace bornflow
