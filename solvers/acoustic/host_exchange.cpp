#include "solvers/acoustic/host_exchange.hpp"

#include "solvers/acoustic/field_memory.hpp"

namespace bornflow {

namespace {

/// action(element of the host array, element of the padded array) for every point of every image.
template <class Action>
void for_each_image_point(const PaddedLayout& layout, int batch, const Action& action) {
  std::size_t host = 0;
  for (int b = 0; b < batch; ++b)
    for (int z = 0; z < layout.physical_nz; ++z)
      for (int y = 0; y < layout.physical_ny; ++y) {
        const std::int64_t row = b * layout.image_size + layout.image_offset(z, y, 0);
        for (int x = 0; x < layout.physical_nx; ++x) action(host++, row + x);
      }
}

}  // namespace

template <class T>
DeviceArray<T> upload_images(const PaddedLayout& layout, int batch, const T* images, double scale) {
  const auto padded = allocate_field<T>("bornflow::images", layout.image_size * batch, 5);
  const auto host = Kokkos::create_mirror_view(padded);
  for_each_image_point(layout, batch, [&](std::size_t from, std::int64_t to) {
    host(to) = static_cast<T>(scale * images[from]);
  });
  Kokkos::deep_copy(padded, host);
  return padded;
}

template <class T>
void download_images(const PaddedLayout& layout, int batch, const DeviceArray<T>& padded, double scale, T* images) {
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), padded);
  for_each_image_point(layout, batch, [&](std::size_t to, std::int64_t from) {
    images[to] = static_cast<T>(scale * host(from));
  });
}

template <class T>
DeviceArray<T> upload_traces(int batch, int n_receivers, int n_samples, const T* traces) {
  const std::size_t per_sample = static_cast<std::size_t>(batch) * n_receivers;
  DeviceArray<T> by_sample("bornflow::traces", per_sample * n_samples);
  const auto host = Kokkos::create_mirror_view(by_sample);
  for (std::size_t trace = 0; trace < per_sample; ++trace)
    for (int j = 0; j < n_samples; ++j) host(j * per_sample + trace) = traces[trace * n_samples + j];
  Kokkos::deep_copy(by_sample, host);
  return by_sample;
}

template <class T>
void transpose_traces(int batch, int n_receivers, int n_samples, const std::vector<T>& by_sample, T* traces) {
  const std::size_t per_sample = static_cast<std::size_t>(batch) * n_receivers;
  for (std::size_t trace = 0; trace < per_sample; ++trace)
    for (int j = 0; j < n_samples; ++j) traces[trace * n_samples + j] = by_sample[j * per_sample + trace];
}

#define BORNFLOW_INSTANTIATE(T)                                                                       \
  template DeviceArray<T> upload_images(const PaddedLayout&, int, const T*, double);                  \
  template void download_images(const PaddedLayout&, int, const DeviceArray<T>&, double, T*);         \
  template DeviceArray<T> upload_traces(int, int, int, const T*);                                     \
  template void transpose_traces(int, int, int, const std::vector<T>&, T*);
BORNFLOW_INSTANTIATE(float)
BORNFLOW_INSTANTIATE(double)
#undef BORNFLOW_INSTANTIATE

}  // namespace bornflow
