#pragma once

#include "bornflow/grid/grid.hpp"

namespace bornflow {

/// Half-open box of grid points, [begin, end) along each axis.
struct IndexBox {
  int x_begin = 0, x_end = 0, y_begin = 0, y_end = 0, z_begin = 0, z_end = 0;
  int nx() const { return x_end - x_begin; }
  int ny() const { return y_end - y_begin; }
  int nz() const { return z_end - z_begin; }
};

/// The part of a global grid that one rank of the domain communicator owns. Fields carry it, so that the same kernels
/// and point operators run on one rank and on many. Indices are global.
struct Subdomain {
  Grid global;
  IndexBox owned;

  /// One rank owns everything.
  static Subdomain whole(const Grid& grid) { return {grid, {0, grid.nx, 0, grid.ny, 0, grid.nz}}; }
};

}  // namespace bornflow
