#pragma once

#include <cstddef>
#include <cstdint>

#include "solvers/acoustic/half.hpp"
#include "solvers/acoustic/leapfrog/leapfrog.hpp"
#include "solvers/acoustic/leapfrog/leapfrog_rows.hpp"

/// The kernels behind leapfrog.hpp, compiled for each stencil radius, in 2-D and 3-D.
///
/// The unit of work is a block of rows that follow each other in z: a value of the field is then loaded once for all rows
/// of the block whose stencils reach it. A row is cut into [layer | physical | layer]; only the outer parts know damping. On a device the unit of work is one point of the rows of a block (Form::columns), and segments have
/// length one.
namespace bornflow::detail {

/// Rows of a block, by the fields that a kernel steps.
///
/// Of rows: more of them read fewer values of `current` from the cache that holds the rows between two blocks, which is
/// what large grids wait for; but each row is also a stream of its own from memory. Measured best of 2, 3, 4, 6 and 8; two
/// fields, or a field and the image it adds to, share the first-level cache. Of columns: a block of n rows reads
/// 1 + 2 radius / n values of `current` a point, which in 3-D come from planes too far away for a cache; a 2-D grid needs
/// many short columns to fill a device. Two fields keep the accelerations of a column in registers. The lengths of columns
/// are not measured yet.
KOKKOS_FORCEINLINE_FUNCTION constexpr int rows_of_block(Form form, bool is_3d, int fields) {
  if (form == Form::rows && fields == 2 && pack_bytes < 64) return 1;   // AVX2 has 16 registers: too few for a column
  if (form == Form::rows) return is_3d ? 2 : fields == 1 ? 6 : 4;
  return is_3d && fields == 1 ? 32 : rows_unrolled_whole;
}

/// In 3-D the rows of y are taken in tiles: the planes that a tile's stencils reach stay in the second-level cache from one
/// block of z to the next.
constexpr int rows_of_a_tile = 24;

KOKKOS_FORCEINLINE_FUNCTION int clip(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

/// Cuts the rows [z_begin, z_end) of a padded grid into blocks that do not cross the edges of the physical grid.
template <int block_rows>
struct RowBlocks {
  int cut[4];              // rows: begin, the physical grid's begin and end, end
  int count_until[3];      // blocks before each of the last three cuts

  RowBlocks(int z_begin, int z_end, int layer, int physical) : cut{z_begin, 0, 0, z_end}, count_until{} {
    cut[1] = clip(layer, z_begin, z_end);
    cut[2] = clip(layer + physical, z_begin, z_end);
    int count = 0;
    for (int part = 0; part < 3; ++part) {
      count += (cut[part + 1] - cut[part] + block_rows - 1) / block_rows;
      count_until[part] = count;
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION int count() const { return count_until[2]; }

  /// Rows [begin, end) of a block.
  KOKKOS_FORCEINLINE_FUNCTION void rows(int block, int& begin, int& end) const {
    const int part = block < count_until[0] ? 0 : block < count_until[1] ? 1 : 2;
    const int first = part == 0 ? 0 : count_until[part - 1];
    begin = cut[part] + (block - first) * block_rows;
    end = begin + block_rows < cut[part + 1] ? begin + block_rows : cut[part + 1];
  }
};

/// Where a segment of the physical grid begins.
struct Place {
  std::int64_t point;   // element of an image
  int z, y, x;          // of the padded grid
};

/// Walks over the blocks (on a device: their columns) of a box of a batch of fields and gives the physical part of each to
/// `Interior`: interior.apply<rows>(batch index, segment, lap, place of the segment), rows = block_rows or 1.
template <class T, int radius, bool is_3d, Form form, class Interior>
struct BlockKernel {
  PaddedLayout layout;
  IndexBox box;
  static constexpr int block_rows = rows_of_block(form, is_3d, Interior::fields);
  RowBlocks<block_rows> blocks;
  Laplacian<T, radius, is_3d, form> lap;
  const T* travel;
  const T* damping_x;
  const T* damping_y;
  const T* damping_z;
  T* next;
  const T* current;
  int batch;
  Interior interior;

  /// Blocks of all rows and fields.
  std::int64_t work_items() const { return static_cast<std::int64_t>(blocks.count()) * box.ny() * batch; }

  /// Form::rows.
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    const int b = static_cast<int>(index % batch);  // fastest, so that a batch shares the rows it reads
    const std::int64_t row = index / batch;
    const int n_y = box.y_end - box.y_begin;
    const std::int64_t rows_before = row / blocks.count() / rows_of_a_tile * rows_of_a_tile;   // of y, in whole tiles
    const int rest = static_cast<int>(row - rows_before * blocks.count());
    const int in_tile = clip(n_y - static_cast<int>(rows_before), 1, rows_of_a_tile);
    int z_begin, z_end;
    blocks.rows(rest / in_tile, z_begin, z_end);
    update(b, z_begin, z_end, box.y_begin + static_cast<int>(rows_before) + rest % in_tile, box.x_begin, box.x_end);
  }

  /// Form::columns; `block` counts the blocks of the first field, then those of the next.
  KOKKOS_INLINE_FUNCTION void operator()(int x, int y, int block) const {
    const int b = block / blocks.count();
    int z_begin, z_end;
    blocks.rows(block - b * blocks.count(), z_begin, z_end);
    update(b, z_begin, z_end, y, x, x + 1);
  }

  KOKKOS_FORCEINLINE_FUNCTION void update(int b, int z_begin, int z_end, int iy, int x_begin, int x_end) const {
    const int y = iy - layout.layer_y, z = z_begin - layout.layer_z;
    const bool is_physical = z >= 0 && z < layout.physical_nz && y >= 0 && y < layout.physical_ny;
    // Cuts of the rows, clipped to the asked range.
    const int first = is_physical ? clip(layout.layer_x, x_begin, x_end) : x_end;
    const int last = is_physical ? clip(layout.layer_x + layout.physical_nx, x_begin, x_end) : x_end;
    if (last > first) {
      const std::int64_t point = layout.image_offset(z, y, first - layout.layer_x);
      if (form == Form::columns || z_end - z_begin == block_rows) {
        interior.template apply<block_rows>(b, segment(b, z_begin, iy, first, last, z_end - z_begin), lap,
                                            Place{point, z_begin, iy, first});
      } else {
        const std::int64_t image_plane = layout.image_row_stride * layout.physical_ny;
        for (int iz = z_begin; iz < z_end; ++iz)
          interior.template apply<1>(b, segment(b, iz, iy, first, last, 1), lap,
                                     Place{point + (iz - z_begin) * image_plane, iz, iy, first});
      }
    }
    layer(b, z_begin, z_end, iy, x_begin, first);
    layer(b, z_begin, z_end, iy, last, x_end);
  }

  KOKKOS_FORCEINLINE_FUNCTION void layer(int b, int z_begin, int z_end, int iy, int x_begin, int x_end) const {
    if (x_end <= x_begin) return;
    if (form == Form::columns || z_end - z_begin == block_rows) {
      damp<block_rows>(b, z_begin, z_end, iy, x_begin, x_end);
    } else {
      for (int iz = z_begin; iz < z_end; ++iz) damp<1>(b, iz, iz + 1, iy, x_begin, x_end);
    }
  }

  template <int rows>
  KOKKOS_FORCEINLINE_FUNCTION void damp(int b, int z_begin, int z_end, int iy, int x_begin, int x_end) const {
    step_rows<rows>(segment(b, z_begin, iy, x_begin, x_end, z_end - z_begin), lap,
                    Damped<T>{damping_x + x_begin, damping_z + z_begin, damping_y[iy]});
  }

  KOKKOS_FORCEINLINE_FUNCTION Segment<T> segment(int b, int iz, int iy, int begin, int end, int rows) const {
    const std::int64_t point = layout.offset(iz, iy, begin);
    const std::int64_t field_point = b * layout.field_size + point;
    return {next + field_point, current + field_point, travel + point, end - begin, rows};
  }
};

template <class T>
struct Leap {
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int, int, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int) const {
    return leap<T>(u, before, travel, laplacian);
  }
};

struct Propagate {
  static constexpr int fields = 1;
  template <int rows, class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, const Place&) const {
    step_rows<rows>(s, lap, Leap<T>{});
  }
};

/// Leaves the physical part alone: the layer's share of a step whose physical part another kernel does.
struct LayerOnly {
  static constexpr int fields = 1;
  template <int rows, class T, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>&, const Lap&, const Place&) const {}
};

/// The actions of the kernels below on a pack; `a` is the acceleration, with rows `sa` apart.
template <class T>
struct StoreAcceleration {
  T* a;
  std::int64_t sa;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int points) const {
    const Pack<T> increment = travel * travel * laplacian;
    store(a + i + row * sa, increment, points);
    return leap<T>(u, before, travel, laplacian);   // not 2 u - u- + increment: the bits of Propagate
  }
};

template <class T>
struct ScatterAcceleration {
  const T* a;
  const T* perturbation;
  std::int64_t sa, sm;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int) const {
    const Pack<T> scattered = multiply_add<T>(-load(perturbation + i + row * sm), load(a + i + row * sa), laplacian);
    return leap<T>(u, before, travel, scattered);
  }
};

template <class T>
struct CorrelateAcceleration {
  const T* a;
  T* image;
  std::int64_t sa;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int points) const {
    T* const at = image + i + row * sa;
    store(at, multiply_add<T>(-load(a + i + row * sa), u, load(at)), points);
    return leap<T>(u, before, travel, laplacian);
  }
};

template <class T>
struct StoreHalfAcceleration {
  HalfBits* a;
  std::int64_t sa;
  T scale;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int points) const {
    const Pack<T> increment = travel * travel * laplacian;
    store_half<T>(a + i + row * sa, scale * increment, points);
    return leap<T>(u, before, travel, laplacian);
  }
};

template <class T>
struct CorrelateHalfAcceleration {
  const HalfBits* a;
  T* image;
  std::int64_t sa;
  T weight;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int points) const {
    T* const at = image + i + row * sa;
    store(at, multiply_add<T>(-weight * load_half<T>(a + i + row * sa), u, load(at)), points);
    return leap<T>(u, before, travel, laplacian);
  }
};

template <class T>
struct Store {
  static constexpr int fields = 1;
  T* acceleration;
  std::int64_t plane_stride;   // of an image
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap, StoreAcceleration<T>{acceleration + place.point, plane_stride});
  }
};

template <class T>
struct Scatter {
  static constexpr int fields = 1;
  const T* acceleration;
  const T* perturbation;
  std::int64_t plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap, ScatterAcceleration<T>{acceleration + place.point, perturbation + b * image_size + place.point,
                                                  plane_stride, plane_stride});
  }
};

template <class T>
struct Image {
  static constexpr int fields = 2;
  const T* acceleration;
  T* image;
  std::int64_t plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap,
                   CorrelateAcceleration<T>{acceleration + place.point, image + b * image_size + place.point, plane_stride});
  }
};

template <class T>
struct StoreHalf {
  static constexpr int fields = 1;
  HalfBits* acceleration;
  std::int64_t plane_stride;
  T scale;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap, StoreHalfAcceleration<T>{acceleration + place.point, plane_stride, scale});
  }
};

template <class T>
struct ImageHalf {
  static constexpr int fields = 2;
  const HalfBits* acceleration;
  T* image;
  std::int64_t plane_stride, image_size;
  T weight;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap,
                   CorrelateHalfAcceleration<T>{acceleration + place.point, image + b * image_size + place.point, plane_stride, weight});
  }
};

/// The kernels of one stencil radius, compiled by leapfrog_radius_<radius>.cpp.
template <class T, int radius>
struct KernelsOfRadius {
  template <class Interior>
  static void run(const char* label, const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u,
                  const Interior& interior);
  static void run_born(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, const Wavefield<T>& du,
                       const T* perturbation);
};

}  // namespace bornflow::detail
