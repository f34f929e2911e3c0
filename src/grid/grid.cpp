#include "bornflow/grid/grid.hpp"

namespace bornflow {

bool Grid::operator==(const Grid& o) const {
  return nx == o.nx && ny == o.ny && nz == o.nz && dx == o.dx && dy == o.dy && dz == o.dz && ox == o.ox &&
         oy == o.oy && oz == o.oz;
}

}  // namespace bornflow
