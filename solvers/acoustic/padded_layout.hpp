#pragma once

#include <cstddef>
#include <cstdint>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/grid/subdomain.hpp"
#include "solvers/acoustic/time_axis.hpp"

namespace bornflow {

/// Where the points of a wavefield are in memory.
///
/// The padded grid is this rank's part of the physical grid, with `layer` points of absorbing layer on the sides that are
/// edges of the global grid (none along y in 2-D, and none above a free surface). Around it lies a rim as wide as the
/// operator reaches (the stencil; with a variable density twice a difference, density_operator.hpp): the neighbouring
/// part's points, or zeros at the edge of the global padded grid, which are the boundary condition u = 0; above a free
/// surface the mirror image -u(-z), which keeps u = 0 in the first row. A batch of fields is [batch][z][y][x] with x fastest; images and stored accelerations live on the physical grid alone.
struct PaddedLayout {
  int nx = 0, ny = 0, nz = 0;                              // points of the padded grid
  int layer_x = 0, layer_y = 0, layer_z = 0;               // points of the layer on the low side
  int physical_nx = 0, physical_ny = 0, physical_nz = 0;
  int margin_x = 0, margin_y = 0, margin_z = 0;            // of the global padded grid: layer before its physical grid
  int padded_nx = 0, padded_ny = 0, padded_nz = 0;         // of the global padded grid
  int start_x = 0, start_y = 0, start_z = 0;               // this rank's first point in the global padded grid
  int radius = 0;                                          // of the stencil
  int rim = 0;                                             // points around the padded grid
  int cpml_width = 0;                                      // points of the layer where it is a CPML, else 0
  std::int64_t row_stride = 0, plane_stride = 0;           // elements from y to y + 1, from z to z + 1
  std::int64_t origin = 0;                                 // element of the padded point (0, 0, 0)
  std::int64_t field_size = 0;                             // elements of one field of a batch
  std::int64_t memory_size = 0;                            // elements of one field's memory variables in a CPML
  std::int64_t image_row_stride = 0;                       // elements
  std::int64_t image_size = 0;                             // elements of one image
  bool three_dimensional = false;                          // the global grid is

  /// `element_bytes` is the size of the number type: rows begin on a cache line and take an odd number of them.
  PaddedLayout(const Subdomain& subdomain, const PropagatorOptions& options, std::size_t element_bytes);
  PaddedLayout() = default;

  bool is_3d() const { return three_dimensional; }
  std::int64_t n_rows() const { return static_cast<std::int64_t>(ny) * nz; }
  std::int64_t n_points() const { return n_rows() * nx; }
  /// All points of the padded grid.
  IndexBox box() const { return {0, nx, 0, ny, 0, nz}; }
  /// Points of the rim on each side.
  int rim_x() const { return rim; }
  int rim_y() const { return three_dimensional ? rim : 0; }
  int rim_z() const { return rim; }

  /// Element of the padded point (iz, iy, ix).
  KOKKOS_INLINE_FUNCTION std::int64_t offset(int iz, int iy, int ix) const {
    return origin + iz * plane_stride + iy * row_stride + ix;
  }
  /// Element of the physical point (iz, iy, ix) in an image.
  KOKKOS_INLINE_FUNCTION std::int64_t image_offset(int iz, int iy, int ix) const {
    return (static_cast<std::int64_t>(iz) * physical_ny + iy) * image_row_stride + ix;
  }
};

/// The layout of the part with the most points; every rank finds the same.
PaddedLayout layout_of_largest_part(const Subdomain& subdomain, const PropagatorOptions& options, std::size_t element_bytes);

}  // namespace bornflow
