#include "flows/layers/channel_permutation.hpp"

#include <numeric>
#include <utility>

#include "bornflow/base/error.hpp"

namespace bornflow {

template <class T>
ChannelPermutation<T>::ChannelPermutation(const LayerContext<T>& context, int channels, int number) : context_(context) {
  BORNFLOW_REQUIRE(channels >= 1, "there is nothing to permute");
  std::vector<int> order(channels), inverse(channels);
  std::iota(order.begin(), order.end(), 0);
  // No seed of the run: the order is part of the architecture, as in the publication, and a stored network needs no more
  // than its number.
  RandomStream stream(0, Purpose::weights, static_cast<std::uint64_t>(number), 1);
  for (int c = channels - 1; c > 0; --c) std::swap(order[c], order[stream.integer(0, c)]);
  for (int c = 0; c < channels; ++c) inverse[order[c]] = c;
  order_ = to_device("bornflow::ChannelPermutation::order", order);
  inverse_ = to_device("bornflow::ChannelPermutation::inverse", inverse);
}

template <class T>
void ChannelPermutation<T>::gather(const Tensor<T>& t, const DeviceArray<int>& from) {
  BORNFLOW_REQUIRE(t.c == static_cast<int>(from.extent(0)), "the permutation has another number of channels");
  const Tensor<T> before = context_.workspace->tensor(Scratch::mixed, t.n, t.h, t.w, t.c);
  Kokkos::deep_copy(Kokkos::subview(before.data, std::make_pair(std::size_t(0), t.size())), t.data);
  const int channels = t.c;
  const T* source = before.data.data();
  T* target = t.data.data();
  const int* order = from.data();
  Kokkos::parallel_for("bornflow::ChannelPermutation::gather", Kokkos::RangePolicy<ExecutionSpace>(0, t.pixels()),
                       KOKKOS_LAMBDA(const std::size_t p) {
    const T* s = source + p * channels;
    T* d = target + p * channels;
    for (int c = 0; c < channels; ++c) d[c] = s[order[c]];
  });
}

template class ChannelPermutation<float>;
template class ChannelPermutation<double>;

}  // namespace bornflow
