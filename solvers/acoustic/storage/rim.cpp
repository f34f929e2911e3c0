#include "solvers/acoustic/storage/rim.hpp"

#include <algorithm>

namespace bornflow {

namespace {

/// action(element in a field, point of the rim, number of points): rows on the host, points on a device. A function of its
/// own, because nvcc allows no device lambda in a private member.
template <class Action>
void for_each_row(const char* label, const std::vector<Rim::Face>& faces, std::int64_t row_stride, std::int64_t plane_stride,
                  const Action& action) {
  for (const Rim::Face& face : faces) {
    const std::int64_t origin = face.origin, first = face.first;
    const int nx = face.nx, ny = face.ny;
    const int pieces = kernels_run_on_host ? 1 : nx, length = nx / pieces;
    Kokkos::parallel_for(
        label,
        Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, static_cast<std::int64_t>(face.nz) * ny * pieces),
        KOKKOS_LAMBDA(std::int64_t item) {
          const std::int64_t x = item % pieces * length, row = item / pieces;
          action(origin + row / ny * plane_stride + row % ny * row_stride + x, first + row * nx + x, length);
        });
  }
}

}  // namespace

Rim::Rim(const PaddedLayout& layout) : row_stride_(layout.row_stride), plane_stride_(layout.plane_stride) {
  const int begin[3] = {layout.layer_z, layout.layer_y, layout.layer_x};
  const int physical[3] = {layout.physical_nz, layout.physical_ny, layout.physical_nx};
  const int padded[3] = {layout.nz, layout.ny, layout.nx};
  for (int axis = 0; axis < 3; ++axis) {
    const int layers[2] = {begin[axis], padded[axis] - begin[axis] - physical[axis]};   // below and above the grid
    for (const bool is_above : {false, true}) {
      const int width = std::min(layout.rim, layers[is_above ? 1 : 0]);
      if (width == 0) continue;
      int origin[3] = {begin[0], begin[1], begin[2]}, n[3] = {physical[0], physical[1], physical[2]};
      origin[axis] += is_above ? physical[axis] : -width;
      n[axis] = width;
      faces_.push_back({layout.offset(origin[0], origin[1], origin[2]), size_, n[0], n[1], n[2]});
      size_ += static_cast<std::int64_t>(n[0]) * n[1] * n[2];
    }
  }
}

template <class T>
void Rim::save(const T* field, T* values) const {
  for_each_row("bornflow::Rim::save", faces_, row_stride_, plane_stride_,
               KOKKOS_LAMBDA(std::int64_t element, std::int64_t point, int n) {
                 for (int i = 0; i < n; ++i) values[point + i] = field[element + i];
               });
}

template <class T>
void Rim::restore(const T* values, T* field) const {
  for_each_row("bornflow::Rim::restore", faces_, row_stride_, plane_stride_,
               KOKKOS_LAMBDA(std::int64_t element, std::int64_t point, int n) {
                 for (int i = 0; i < n; ++i) field[element + i] = values[point + i];
               });
}

template void Rim::save(const float*, float*) const;
template void Rim::save(const double*, double*) const;
template void Rim::restore(const float*, float*) const;
template void Rim::restore(const double*, double*) const;

}  // namespace bornflow
