#pragma once

#include <cstdint>

#include "solvers/acoustic/leapfrog/leapfrog_kernel.hpp"

/// The kernels behind leapfrog_born: the step of a background field and of the scattered fields that its accelerations drive.
/// The accelerations never reach the main memory. On a device they stay in registers; on the host they wait in a tile.
namespace bornflow::detail {

/// On a device: the physical part of a column of the background and, point by point, of every scattered field of the batch.
/// The layer of the scattered fields is a step of its own.
template <class T>
struct Born {
  static constexpr int fields = 2;
  T* next;                  // of the scattered fields
  const T* current;
  const T* perturbation;
  int batch;
  const T* background;      // the background's current field, to find the same point in the scattered ones
  std::int64_t field_size, plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, const Place& place) const {
    static_assert(Lap::form == Form::columns, "rows are stepped by BornTileKernel");
    T acceleration[rows + pack_width<T> - 1];   // the last pack is read whole
    step_rows<rows>(s, lap, StoreAcceleration<T>{acceleration, 1});
    for (int b = 0; b < batch; ++b) {
      const std::int64_t at = s.current - background + b * field_size;
      step_rows<rows>(Segment<T>{next + at, current + at, s.travel, s.n, s.rows}, lap,
                      ScatterAcceleration<T>{acceleration, perturbation + b * image_size + place.point, 1, plane_stride});
    }
  }
};

/// Accelerations of a part of the rows of a block: rows_of_tile rows of y, in 3-D, times points_of_tile points along x.
///
/// Two fields that are stepped in turns row by row share the first-level cache, which then keeps the rows of neither for
/// the next row of y. So a tile of the background is stepped as if it were alone, and then the same tile of a scattered
/// field; what both need again in the next block of z fits into the second-level cache.
template <class T, bool is_3d>
struct AccelerationTile {
  static constexpr int rows_of_block_z = rows_of_block(Form::rows, is_3d, 2);
  static constexpr int rows_of_tile = is_3d ? 20 : 1;
  static constexpr int points_of_tile = is_3d ? 512 : 2048;
  static constexpr std::int64_t row = points_of_tile + 64 / static_cast<std::int64_t>(sizeof(T));   // an odd number of cache lines
  static constexpr std::int64_t plane = rows_of_tile * row;

  alignas(64) T values[rows_of_block_z * plane + pack_width<T>];   // the last pack is read whole
  int z, y, x;                                                     // its first point, in the padded grid

  T* at(const Place& place) {
    return values + (place.z - z) * plane + (place.y - y) * row + (place.x - x);
  }
};

template <class T, bool is_3d>
struct StoreInTile {
  static constexpr int fields = 2;
  AccelerationTile<T, is_3d>* tile;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap, StoreAcceleration<T>{tile->at(place), tile->plane});
  }
};

template <class T, bool is_3d>
struct ScatterFromTile {
  static constexpr int fields = 2;
  AccelerationTile<T, is_3d>* tile;
  const T* perturbation;
  std::int64_t plane_stride, image_size;
  template <int rows, class Lap>
  KOKKOS_FORCEINLINE_FUNCTION void apply(int b, const Segment<T>& s, const Lap& lap, const Place& place) const {
    step_rows<rows>(s, lap, ScatterAcceleration<T>{tile->at(place), perturbation + b * image_size + place.point, tile->plane,
                                                  plane_stride});
  }
};

/// On the host: a work item is a tile of a block of rows, of the background and then of each scattered field.
template <class T, int radius, bool is_3d>
struct BornTileKernel {
  using Tile = AccelerationTile<T, is_3d>;
  BlockKernel<T, radius, is_3d, Form::rows, StoreInTile<T, is_3d>> background;
  BlockKernel<T, radius, is_3d, Form::rows, ScatterFromTile<T, is_3d>> scattered;

  std::int64_t work_items() const { return static_cast<std::int64_t>(background.blocks.count()) * tiles_of_y(); }
  KOKKOS_FORCEINLINE_FUNCTION int tiles_of_y() const { return (background.box.ny() + Tile::rows_of_tile - 1) / Tile::rows_of_tile; }

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    const IndexBox& box = background.box;
    const int layer_x = background.layout.layer_x;
    const int n_blocks = background.blocks.count();
    const int y_begin = box.y_begin + static_cast<int>(index / n_blocks) * Tile::rows_of_tile;   // z fastest: it shares rows
    const int y_end = y_begin + Tile::rows_of_tile < box.y_end ? y_begin + Tile::rows_of_tile : box.y_end;
    int z_begin, z_end;
    background.blocks.rows(static_cast<int>(index % n_blocks), z_begin, z_end);

    Tile tile;
    auto u = background;
    auto du = scattered;
    u.interior.tile = du.interior.tile = &tile;
    tile.z = z_begin, tile.y = y_begin;
    for (int x_begin = box.x_begin; x_begin < box.x_end;) {
      tile.x = x_begin > layer_x ? x_begin : layer_x;   // packs of the tile and of the field are on cache lines together
      const int x_end = tile.x + Tile::points_of_tile < box.x_end ? tile.x + Tile::points_of_tile : box.x_end;
      for (int y = y_begin; y < y_end; ++y) u.update(0, z_begin, z_end, y, x_begin, x_end);
      for (int b = 0; b < du.batch; ++b)
        for (int y = y_begin; y < y_end; ++y) du.update(b, z_begin, z_end, y, x_begin, x_end);
      x_begin = x_end;
    }
  }
};

}  // namespace bornflow::detail
