#include "flows/layers/channel_kernels.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

using Range = Kokkos::RangePolicy<ExecutionSpace>;

/// A multiple of the channels long enough to fill vectors: lane j of a period always holds channel j % channels.
int period_of(int channels) { return channels >= 16 ? channels : 16 / channels * channels; }

template <class T>
DeviceArray<T> repeat_to_device(const std::vector<double>& values, int period) {
  DeviceArray<T> device("bornflow::channel_values", period);
  auto host = Kokkos::create_mirror_view(device);
  for (int j = 0; j < period; ++j) host(j) = static_cast<T>(values[j % values.size()]);
  Kokkos::deep_copy(device, host);
  return device;
}

/// Per-channel sums of term(index, lane), by blocks of periods; the blocks are then added in order.
template <class Term>
std::vector<double> sum_by_channel(const char* label, std::size_t size, int channels, const Term& term) {
  const int period = period_of(channels);
  constexpr int periods_per_block = 64;
  const std::size_t block = static_cast<std::size_t>(period) * periods_per_block;
  const int blocks = static_cast<int>((size + block - 1) / block);
  DeviceArray<double> sums("bornflow::channel_sums", static_cast<std::size_t>(blocks) * period);
  double* out = sums.data();
  Kokkos::parallel_for(label, Range(0, blocks), KOKKOS_LAMBDA(const int b) {
    double* __restrict__ lane_sums = out + static_cast<std::size_t>(b) * period;
    const std::size_t begin = b * block, end = begin + block < size ? begin + block : size;
    std::size_t i = begin;
    for (; i + period <= end; i += period) {
#pragma omp simd
      for (int j = 0; j < period; ++j) lane_sums[j] += term(i + j, j);
    }
    for (int j = 0; i + j < end; ++j) lane_sums[j] += term(i + j, j);
  });
  auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), sums);
  std::vector<double> result(channels, 0.0);
  for (std::size_t k = 0; k < host.extent(0); ++k) result[k % period % channels] += host(k);
  return result;
}

enum class Move { get, set, add };

template <class T, Move move>
void move_channels(const Tensor<T>& whole, int first, const Tensor<T>& part) {
  BORNFLOW_REQUIRE(part.pixels() == whole.pixels() && first >= 0 && first + part.c <= whole.c,
                   "the range of channels does not exist");
  const int c = part.c, all = whole.c;
  T* inside = whole.data.data() + first;
  T* outside = part.data.data();
  Kokkos::parallel_for("bornflow::move_channels", Range(0, part.pixels()), KOKKOS_LAMBDA(const int p) {
    T* w = inside + static_cast<std::size_t>(p) * all;
    T* s = outside + static_cast<std::size_t>(p) * c;
    for (int j = 0; j < c; ++j) {
      if (move == Move::get) s[j] = w[j];
      if (move == Move::set) w[j] = s[j];
      if (move == Move::add) w[j] += s[j];
    }
  });
}

}  // namespace

template <class T>
void scale_and_shift_channels(Tensor<T>& t, const std::vector<double>& scale, const std::vector<double>& shift) {
  const int period = period_of(t.c);
  const auto scales = repeat_to_device<T>(scale, period), shifts = repeat_to_device<T>(shift, period);
  const std::size_t size = t.size();
  const int rows = static_cast<int>((size + period - 1) / period);
  T* data = t.data.data();
  Kokkos::parallel_for("bornflow::scale_and_shift_channels", Range(0, rows), KOKKOS_LAMBDA(const int r) {
    const std::size_t begin = static_cast<std::size_t>(r) * period;
    const int count = begin + period <= size ? period : static_cast<int>(size - begin);
    T* __restrict__ out = data + begin;
    const T* __restrict__ s = scales.data();
    const T* __restrict__ b = shifts.data();
#pragma omp simd
    for (int j = 0; j < count; ++j) out[j] = s[j] * out[j] + b[j];
  });
}

template <class T>
std::vector<double> channel_sums(const Tensor<T>& t) {
  const T* data = t.data.data();
  return sum_by_channel("bornflow::channel_sums", t.size(), t.c,
                        KOKKOS_LAMBDA(std::size_t i, int) { return static_cast<double>(data[i]); });
}

template <class T>
std::vector<double> channel_sums_of_squares(const Tensor<T>& t, const std::vector<double>& centre) {
  const T* data = t.data.data();
  const auto centres = repeat_to_device<double>(centre, period_of(t.c));
  return sum_by_channel("bornflow::channel_sums_of_squares", t.size(), t.c, KOKKOS_LAMBDA(std::size_t i, int j) {
    const double d = data[i] - centres(j);
    return d * d;
  });
}

template <class T>
std::vector<double> channel_dots(const Tensor<T>& a, const Tensor<T>& b) {
  const T* pa = a.data.data();
  const T* pb = b.data.data();
  return sum_by_channel("bornflow::channel_dots", a.size(), a.c, KOKKOS_LAMBDA(std::size_t i, int) {
    return static_cast<double>(pa[i]) * static_cast<double>(pb[i]);
  });
}

template <class T>
void copy_channels(const Tensor<T>& whole, int first, const Tensor<T>& part) {
  move_channels<T, Move::get>(whole, first, part);
}
template <class T>
void set_channels(const Tensor<T>& part, int first, const Tensor<T>& whole) {
  move_channels<T, Move::set>(whole, first, part);
}
template <class T>
void add_channels(const Tensor<T>& part, int first, const Tensor<T>& whole) {
  move_channels<T, Move::add>(whole, first, part);
}

template <class T>
std::vector<double> half_squares(const Tensor<T>& t) {
  const std::size_t size = t.sample_size();
  const T* data = t.data.data();
  DeviceArray<double> sums("bornflow::half_squares", t.n);
  Kokkos::parallel_for("bornflow::half_squares", Range(0, t.n), KOKKOS_LAMBDA(const int n) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(data[n * size + i]) * data[n * size + i];
    sums(n) = 0.5 * sum;
  });
  auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), sums);
  return std::vector<double>(host.data(), host.data() + t.n);
}

#define BORNFLOW_INSTANTIATE(T)                                                                                  \
  template void scale_and_shift_channels(Tensor<T>&, const std::vector<double>&, const std::vector<double>&);    \
  template std::vector<double> channel_sums(const Tensor<T>&);                                                   \
  template std::vector<double> channel_sums_of_squares(const Tensor<T>&, const std::vector<double>&);            \
  template std::vector<double> channel_dots(const Tensor<T>&, const Tensor<T>&);                                 \
  template void copy_channels(const Tensor<T>&, int, const Tensor<T>&);                                          \
  template void set_channels(const Tensor<T>&, int, const Tensor<T>&);                                           \
  template void add_channels(const Tensor<T>&, int, const Tensor<T>&);                                           \
  template std::vector<double> half_squares(const Tensor<T>&);
BORNFLOW_INSTANTIATE(float)
BORNFLOW_INSTANTIATE(double)
#undef BORNFLOW_INSTANTIATE

}  // namespace bornflow
