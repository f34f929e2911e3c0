#include "bornflow/grid/grid.hpp"

#include <algorithm>
#include <limits>

namespace bornflow {

double Grid::min_spacing() const {
  double smallest = std::numeric_limits<double>::infinity();
  if (nx > 1) smallest = std::min(smallest, dx);
  if (ny > 1) smallest = std::min(smallest, dy);
  if (nz > 1) smallest = std::min(smallest, dz);
  return smallest;
}

bool Grid::operator==(const Grid& o) const {
  return nx == o.nx && ny == o.ny && nz == o.nz && dx == o.dx && dy == o.dy && dz == o.dz && ox == o.ox &&
         oy == o.oy && oz == o.oz;
}

}  // namespace bornflow
