#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace bornflow {

/// A regular grid. Axes are (z, y, x): z points down, x is fastest in memory. A 2-D grid is one with ny = 1.
struct Grid {
  int nx = 1, ny = 1, nz = 1;              // points
  double dx = 1, dy = 1, dz = 1;           // [m]
  double ox = 0, oy = 0, oz = 0;           // position of the first point [m]

  std::size_t size() const { return static_cast<std::size_t>(nx) * ny * nz; }
  bool is_2d() const { return ny == 1; }
  bool operator==(const Grid& other) const;
};

/// A point in space [m].
struct Point {
  double x = 0, y = 0, z = 0;
};

/// A scalar on every point of a grid, on the host, in (z, y, x) order.
struct GridField {
  Grid grid;
  std::vector<float> values;

  float& at(int iz, int iy, int ix) { return values[index(iz, iy, ix)]; }
  float at(int iz, int iy, int ix) const { return values[index(iz, iy, ix)]; }
  std::size_t index(int iz, int iy, int ix) const {
    return (static_cast<std::size_t>(iz) * grid.ny + iy) * grid.nx + ix;
  }
};

}  // namespace bornflow
