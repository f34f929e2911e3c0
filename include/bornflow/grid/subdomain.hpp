#pragma once

#include <vector>

#include "bornflow/grid/grid.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Half-open box of grid points, [begin, end) along each axis.
struct IndexBox {
  int x_begin = 0, x_end = 0, y_begin = 0, y_end = 0, z_begin = 0, z_end = 0;
  int nx() const { return x_end - x_begin; }
  int ny() const { return y_end - y_begin; }
  int nz() const { return z_end - z_begin; }
  std::size_t size() const { return static_cast<std::size_t>(nx()) * ny() * nz(); }
};

/// Into how many parts each axis of a grid is cut. Ranks count the parts with x fastest.
struct Partition {
  int nx = 1, ny = 1, nz = 1;
  int count() const { return nx * ny * nz; }
};

enum class Axis { x, y, z };
enum class Side { low, high };

/// The part of a global grid that one rank of the domain communicator owns. Fields carry it, so that the same kernels
/// and point operators run on one rank and on many. Indices are global.
struct Subdomain {
  Grid global;
  IndexBox owned;
  Partition partition;
  std::vector<IndexBox> parts;             ///< what each rank of the domain owns
  int rank = 0;                            ///< of this part
  const Communicator* domain = nullptr;    ///< the ranks that own the parts; null where one rank owns everything

  /// One rank owns everything.
  static Subdomain whole(const Grid& grid);

  bool is_whole() const { return parts.size() == 1; }
  /// The rank that owns the part next to this one, or -1 at the edge of the grid.
  int neighbour(Axis axis, Side side) const;
};

/// What a cut has to heed: the stencil reaches `radius` points into the next part, which must have that many; and parts at
/// the edge of the grid carry `layer` points of absorbing layer, which counts when the work is shared out evenly.
struct CutRules {
  int radius = 1;
  int layer = 0;
};

/// The cut into `n_ranks` parts with the cheapest faces. A point on an x face counts more than one on a y or z face: rows
/// of x are contiguous. UserError when no cut leaves every part as wide as the stencil reaches.
Partition choose_partition(const Grid& grid, int n_ranks, const CutRules& rules);

/// The parts of a cut, by rank. UserError when they are thinner than the stencil reaches.
std::vector<IndexBox> cut_grid(const Grid& grid, const Partition& partition, const CutRules& rules);

/// This rank's part of `grid`; keeps a pointer to `domain`. UserError as cut_grid, and when the parts do not count the ranks.
Subdomain make_subdomain(const Grid& grid, const Partition& partition, const CutRules& rules, const Communicator& domain);

/// The owned part of `batch` arrays of the global grid, (batch, z, y, x).
template <class T>
std::vector<T> owned_part(const Subdomain& subdomain, int batch, const T* global);

/// The arrays of the global grid from the owned parts of all ranks, on every rank. Collective on the domain.
template <class T>
void gather_parts(const Subdomain& subdomain, int batch, const T* owned, T* global);

}  // namespace bornflow
