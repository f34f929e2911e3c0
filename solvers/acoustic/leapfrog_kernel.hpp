#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "solvers/acoustic/leapfrog.hpp"

/// The kernels behind leapfrog.hpp, compiled for each stencil radius, in 2-D and 3-D.
///
/// The unit of work is one row of one field. A row is cut into [layer | physical | layer]; only the outer parts know
/// damping and division. On a device the unit of work is one point, and the row loops have length one.
namespace bornflow::detail {

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

/// A part of a row: pointers to its first point, and its length.
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
    const T e = courant[i] * (damping_x[i] + damping_row);  // eta dt / (2 m)
    next[i] = (2 * u - (1 - e) * next[i] + courant[i] * lap(current + i)) / (1 + e);
  }
}

template <class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void undamped(const Segment<T>& s, const Lap& lap) {
  T* __restrict__ const next = s.next;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) next[i] = 2 * current[i] - next[i] + courant[i] * lap(current + i);
}

template <class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void storing(const Segment<T>& s, const Lap& lap, T* acceleration) {
  T* __restrict__ const next = s.next;
  T* __restrict__ const a = acceleration;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    a[i] = courant[i] * lap(current + i);
    next[i] = 2 * current[i] - next[i] + a[i];
  }
}

template <class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void scattering(const Segment<T>& s, const Lap& lap, const T* acceleration,
                                            const T* perturbation) {
  T* __restrict__ const next = s.next;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const T* __restrict__ const a = acceleration;
  const T* __restrict__ const dm = perturbation;
#pragma omp simd
  for (int i = 0; i < s.n; ++i)
    next[i] = 2 * current[i] - next[i] + courant[i] * (lap(current + i) - dm[i] * a[i]);
}

template <class T, class Lap>
KOKKOS_FORCEINLINE_FUNCTION void imaging(const Segment<T>& s, const Lap& lap, const T* acceleration, T* image_row) {
  T* __restrict__ const next = s.next;
  T* __restrict__ const image = image_row;
  const T* __restrict__ const current = s.current;
  const T* __restrict__ const courant = s.courant;
  const T* __restrict__ const a = acceleration;
#pragma omp simd
  for (int i = 0; i < s.n; ++i) {
    const T u = current[i];
    image[i] -= a[i] * u;
    next[i] = 2 * u - next[i] + courant[i] * lap(current + i);
  }
}

/// Walks over the rows (on a device: the points) of a batch and gives each row's physical part to `Interior`:
/// interior(batch index, segment, element of the segment in an image).
template <class T, int radius, bool is_3d, class Interior>
struct RowKernel {
  PaddedLayout layout;
  Laplacian<T, radius, is_3d> lap;
  const T* courant;
  const T* damping_x;
  const T* damping_y;
  const T* damping_z;
  T* next;
  const T* current;
  int batch;
  Interior interior;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    int x_begin = 0, x_end = layout.nx;
    if (!kernels_run_on_host) {
      x_begin = static_cast<int>(index % layout.nx), x_end = x_begin + 1;
      index /= layout.nx;
    }
    const int b = static_cast<int>(index % batch);  // fastest, so that a batch shares the rows it reads
    const std::int64_t row = index / batch;
    update(b, static_cast<int>(row / layout.ny), static_cast<int>(row % layout.ny), x_begin, x_end);
  }

  KOKKOS_FORCEINLINE_FUNCTION void update(int b, int iz, int iy, int x_begin, int x_end) const {
    const int z = iz - layout.layer_z, y = iy - layout.layer_y;
    const bool row_is_physical = z >= 0 && z < layout.physical_nz && y >= 0 && y < layout.physical_ny;
    // Cuts of the row, clipped to the asked range.
    const int first = row_is_physical ? clip(layout.layer_x, x_begin, x_end) : x_end;
    const int last = row_is_physical ? clip(layout.layer_x + layout.physical_nx, x_begin, x_end) : x_end;
    const T damping_row = damping_y[iy] + damping_z[iz];
    if (first > x_begin) damped(segment(b, iz, iy, x_begin, first), lap, damping_x + x_begin, damping_row);
    if (last > first)
      interior(b, segment(b, iz, iy, first, last), lap, layout.image_offset(z, y, first - layout.layer_x));
    if (x_end > last) damped(segment(b, iz, iy, last, x_end), lap, damping_x + last, damping_row);
  }

  KOKKOS_FORCEINLINE_FUNCTION static int clip(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

  KOKKOS_FORCEINLINE_FUNCTION Segment<T> segment(int b, int iz, int iy, int begin, int end) const {
    const std::int64_t point = layout.offset(iz, iy, begin);
    const std::int64_t field_point = b * layout.field_size + point;
    return {next + field_point, current + field_point, courant + point, end - begin};
  }
};

struct Propagate {
  template <class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int, const Segment<T>& s, const Lap& lap, std::int64_t) const {
    undamped(s, lap);
  }
};

/// Leaves the physical part alone: the layer's share of a step whose physical part another kernel does.
struct LayerOnly {
  template <class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int, const Segment<T>&, const Lap&, std::int64_t) const {}
};

template <class T>
struct Store {
  T* acceleration;
  template <class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    storing(s, lap, acceleration + point);
  }
};

template <class T>
struct Scatter {
  const T* acceleration;
  const T* perturbation;
  std::int64_t image_size;
  template <class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int b, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    scattering(s, lap, acceleration + point, perturbation + b * image_size + point);
  }
};

template <class T>
struct Image {
  const T* acceleration;
  T* image;
  std::int64_t image_size;
  template <class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int b, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    imaging(s, lap, acceleration + point, image + b * image_size + point);
  }
};

/// The background's row and every scattered row of the batch, chunk by chunk.
template <class T>
struct Born {
  T* next;                  // of the scattered fields
  const T* current;
  const T* perturbation;
  int batch;
  const T* background;      // the background's current field, to find the same point in the scattered ones
  std::int64_t field_size, image_size;
  template <class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void operator()(int, const Segment<T>& s, const Lap& lap, std::int64_t point) const {
    T acceleration[chunk_points];
    for (int begin = 0; begin < s.n; begin += chunk_points) {
      const int n = s.n - begin < chunk_points ? s.n - begin : chunk_points;
      storing(Segment<T>{s.next + begin, s.current + begin, s.courant + begin, n}, lap, acceleration);
      for (int b = 0; b < batch; ++b) {
        const std::int64_t at = s.current - background + begin + b * field_size;
        scattering(Segment<T>{next + at, current + at, s.courant + begin, n}, lap, acceleration,
                   perturbation + b * image_size + point + begin);
      }
    }
  }
};

}  // namespace bornflow::detail
