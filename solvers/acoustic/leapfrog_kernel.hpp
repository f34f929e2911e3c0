#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "solvers/acoustic/leapfrog.hpp"

/// The kernels behind leapfrog.hpp, compiled for each stencil radius, in 2-D and 3-D.
///
/// The unit of work is a block of `block_rows` rows that follow each other in z: a value of the field is then loaded once
/// for all rows of the block whose stencils reach it. A row is cut into [layer | physical | layer]; only the outer parts
/// know damping and division. On a device the unit of work is one point: blocks have one row, and row loops length one.
namespace bornflow::detail {

constexpr int block_rows = kernels_run_on_host ? 2 : 1;

/// Points of a row that leapfrog_born takes at a time: their accelerations stay in the first-level cache.
constexpr int chunk_points = kernels_run_on_host ? 256 : 1;

/// Discrete Laplacian at the point `u` points to.
template <class T, int radius, bool is_3d>
struct Laplacian {
  Stencil<T> w;
  std::int64_t sy, sz;

  KOKKOS_FORCEINLINE_FUNCTION T operator()(const T* u) const { return sum(u, std::make_integer_sequence<int, radius>{}); }

private:
  template <int... k>
  KOKKOS_FORCEINLINE_FUNCTION T sum(const T* u, std::integer_sequence<int, k...>) const {
    T result = w.centre * u[0];
    ((result += w.x[k + 1] * (u[k + 1] + u[-(k + 1)])), ...);
    if constexpr (is_3d) ((result += w.y[k + 1] * (u[(k + 1) * sy] + u[-(k + 1) * sy])), ...);
    ((result += w.z[k + 1] * (u[(k + 1) * sz] + u[-(k + 1) * sz])), ...);
    return result;
  }
};

/// A part of a row, or of the rows of a block (which lie lap.sz apart): pointers to its first point, and its length.
template <class T>
struct Segment {
  T* next;                 // holds the previous level on entry
  const T* current;
  const T* courant;
  int n;
};

template <class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void damped(const Segment<T>& s, const Lap& lap, const T* damping_x, T damping_row) {
  T* __restrict__ const next = s.next;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    const T u = current[i];
    const T e = damping_number(courant[i], damping_x[i] + damping_row);
    next[i] = (2 * u - (1 - e) * next[i] + courant[i] * lap(current + i)) / (1 + e);
  }
}

// In the functions below the loops over r unroll into one straight piece of code that loads for all rows, then stores.

template <int rows, class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void undamped(const Segment<T>& s, const Lap& lap) {
  T* __restrict__ const next = s.next;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const std::int64_t sz = lap.sz;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    T value[rows];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
      value[r] = 2 * current[i + r * sz] - next[i + r * sz] + courant[i + r * sz] * lap(current + i + r * sz);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) next[i + r * sz] = value[r];
  }
}

/// `sa`: distance of the rows of `acceleration`.
template <int rows, class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void storing(const Segment<T>& s, const Lap& lap, T* acceleration, std::int64_t sa) {
  T* __restrict__ const next = s.next;
  T* __restrict__ const a = acceleration;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const std::int64_t sz = lap.sz;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    T increment[rows], value[rows];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      increment[r] = courant[i + r * sz] * lap(current + i + r * sz);
      value[r] = 2 * current[i + r * sz] - next[i + r * sz] + increment[r];
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      a[i + r * sa] = increment[r];
      next[i + r * sz] = value[r];
    }
  }
}

/// `sa`, `sm`: distances of the rows of `acceleration` and `perturbation`.
template <int rows, class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void scattering(const Segment<T>& s, const Lap& lap, const T* acceleration,
                                            std::int64_t sa, const T* perturbation, std::int64_t sm) {
  T* __restrict__ const next = s.next;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const T* __restrict__ const a = acceleration;
  const T* __restrict__ const dm = perturbation;
  const std::int64_t sz = lap.sz;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    T value[rows];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
      value[r] = 2 * current[i + r * sz] - next[i + r * sz] +
                 courant[i + r * sz] * (lap(current + i + r * sz) - dm[i + r * sm] * a[i + r * sa]);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) next[i + r * sz] = value[r];
  }
}

/// `sm`: distance of the rows of `acceleration` and `image_rows`.
template <int rows, class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void imaging(const Segment<T>& s, const Lap& lap, const T* acceleration, T* image_rows,
                                         std::int64_t sm) {
  T* __restrict__ const next = s.next;
  T* __restrict__ const image = image_rows;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const T* __restrict__ const a = acceleration;
  const std::int64_t sz = lap.sz;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    T value[rows], correlation[rows];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const T u = current[i + r * sz];
      correlation[r] = image[i + r * sm] - a[i + r * sm] * u;
      value[r] = 2 * u - next[i + r * sz] + courant[i + r * sz] * lap(current + i + r * sz);
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      image[i + r * sm] = correlation[r];
      next[i + r * sz] = value[r];
    }
  }
}

/// Cuts the rows of a padded grid into blocks: those of the upper layer, of the physical grid, of the lower layer.
struct RowBlocks {
  int layer, physical;     // rows
  int in_layer, in_physical;

  RowBlocks(int layer_rows, int physical_rows)
      : layer(layer_rows), physical(physical_rows), in_layer((layer_rows + block_rows - 1) / block_rows),
        in_physical((physical_rows + block_rows - 1) / block_rows) {}
  int count() const { return 2 * in_layer + in_physical; }

  /// Rows [begin, end) of a block.
  KOKKOS_FORCEINLINE_FUNCTION void rows(int block, int& begin, int& end) const {
    int limit = layer;
    begin = block * block_rows;
    if (block >= in_layer + in_physical) {
      begin = layer + physical + (block - in_layer - in_physical) * block_rows;
      limit = 2 * layer + physical;
    } else if (block >= in_layer) {
      begin = layer + (block - in_layer) * block_rows;
      limit = layer + physical;
    }
    end = begin + block_rows < limit ? begin + block_rows : limit;
  }
};

/// Walks over the blocks (on a device: the points) of a batch and gives the physical part of each to `Interior`:
/// interior.apply<rows>(batch index, segment, lap, element of the segment in an image).
template <class T, int radius, bool is_3d, class Interior>
struct BlockKernel {
  PaddedLayout layout;
  RowBlocks blocks;
  Laplacian<T, radius, is_3d> lap;
  const T* courant;
  const T* damping_x;
  const T* damping_y;
  const T* damping_z;
  T* next;
  const T* current;
  int batch;
  Interior interior;

  std::int64_t work_items() const {
    return static_cast<std::int64_t>(blocks.count()) * layout.ny * batch * (kernels_run_on_host ? 1 : layout.nx);
  }

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    int x_begin = 0, x_end = layout.nx;
    if (!kernels_run_on_host) {
      x_begin = static_cast<int>(index % layout.nx), x_end = x_begin + 1;
      index /= layout.nx;
    }
    const int b = static_cast<int>(index % batch);  // fastest, so that a batch shares the rows it reads
    const std::int64_t row = index / batch;
    const int iy = static_cast<int>(row % layout.ny);
    int z_begin, z_end;
    blocks.rows(static_cast<int>(row / layout.ny), z_begin, z_end);
    update(b, z_begin, z_end, iy, x_begin, x_end);
  }

  KOKKOS_FORCEINLINE_FUNCTION void update(int b, int z_begin, int z_end, int iy, int x_begin, int x_end) const {
    const int y = iy - layout.layer_y, z = z_begin - layout.layer_z;
    const bool is_physical = z >= 0 && z < layout.physical_nz && y >= 0 && y < layout.physical_ny;
    // Cuts of the rows, clipped to the asked range.
    const int first = is_physical ? clip(layout.layer_x, x_begin, x_end) : x_end;
    const int last = is_physical ? clip(layout.layer_x + layout.physical_nx, x_begin, x_end) : x_end;
    if (last > first) {
      const std::int64_t point = layout.image_offset(z, y, first - layout.layer_x);
      if (z_end - z_begin == block_rows) {
        interior.template apply<block_rows>(b, segment(b, z_begin, iy, first, last), lap, point);
      } else {
        const std::int64_t image_plane = layout.image_row_stride * layout.physical_ny;
        for (int iz = z_begin; iz < z_end; ++iz)
          interior.template apply<1>(b, segment(b, iz, iy, first, last), lap, point + (iz - z_begin) * image_plane);
      }
    }
    for (int iz = z_begin; iz < z_end; ++iz) {
      const T damping_row = damping_y[iy] + damping_z[iz];
      if (first > x_begin) damped(segment(b, iz, iy, x_begin, first), lap, damping_x + x_begin, damping_row);
      if (x_end > last) damped(segment(b, iz, iy, last, x_end), lap, damping_x + last, damping_row);
    }
  }

  KOKKOS_FORCEINLINE_FUNCTION static int clip(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

  KOKKOS_FORCEINLINE_FUNCTION Segment<T> segment(int b, int iz, int iy, int begin, int end) const {
    const std::int64_t point = layout.offset(iz, iy, begin);
    const std::int64_t field_point = b * layout.field_size + point;
    return {next + field_point, current + field_point, courant + point, end - begin};
  }
};

struct Propagate {
  template <int rows, class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, std::int64_t) const {
    undamped<rows>(s, lap);
  }
};

/// Leaves the physical part alone: the layer's share of a step whose physical part another kernel does.
struct LayerOnly {
  template <int rows, class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>&, const Lap&, std::int64_t) const {}
};

template <class T>
struct Store {
  T* acceleration;
  std::int64_t plane_stride;   // of an image
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    storing<rows>(s, lap, acceleration + point, plane_stride);
  }
};

template <class T>
struct Scatter {
  const T* acceleration;
  const T* perturbation;
  std::int64_t plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    scattering<rows>(s, lap, acceleration + point, plane_stride, perturbation + b * image_size + point, plane_stride);
  }
};

template <class T>
struct Image {
  const T* acceleration;
  T* image;
  std::int64_t plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    imaging<rows>(s, lap, acceleration + point, image + b * image_size + point, plane_stride);
  }
};

/// The background's rows and those of every scattered field of the batch, chunk by chunk.
template <class T>
struct Born {
  T* next;                  // of the scattered fields
  const T* current;
  const T* perturbation;
  int batch;
  const T* background;      // the background's current field, to find the same point in the scattered ones
  std::int64_t field_size, plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    T acceleration[rows * chunk_points];
    for (int begin = 0; begin < s.n; begin += chunk_points) {
      const int n = s.n - begin < chunk_points ? s.n - begin : chunk_points;
      storing<rows>(Segment<T>{s.next + begin, s.current + begin, s.courant + begin, n}, lap, acceleration,
                    chunk_points);
      for (int b = 0; b < batch; ++b) {
        const std::int64_t at = s.current - background + begin + b * field_size;
        scattering<rows>(Segment<T>{next + at, current + at, s.courant + begin, n}, lap, acceleration, chunk_points,
                         perturbation + b * image_size + point + begin, plane_stride);
      }
    }
  }
};

}  // namespace bornflow::detail
