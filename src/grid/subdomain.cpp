#include "bornflow/grid/subdomain.hpp"

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <tuple>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// The copy of a row of x with its neighbours costs about this many times as much a point as the copy of whole rows.
constexpr double cost_of_x_faces = 4;

/// Where an axis of n points is cut into p parts: p + 1 positions.
std::vector<int> cuts(int n, int p, const CutRules& rules) {
  const auto positions = [&](int layer) {
    std::vector<int> result;
    for (int k = 0; k <= p; ++k) {
      const std::int64_t padded = static_cast<std::int64_t>(n) + 2 * layer;
      result.push_back(std::clamp(static_cast<int>(k * padded / p) - layer, 0, n));
    }
    result.back() = n;
    return result;
  };
  const auto thinnest = [](const std::vector<int>& at) {
    int least = std::numeric_limits<int>::max();
    for (std::size_t k = 1; k < at.size(); ++k) least = std::min(least, at[k] - at[k - 1]);
    return least;
  };
  const auto even_work = positions(rules.layer);
  return thinnest(even_work) >= rules.radius ? even_work : positions(0);
}

bool fits(int n, int p, const CutRules& rules) { return p == 1 || n / p >= rules.radius; }

std::string text_of(const Partition& p) {
  return std::to_string(p.nx) + " x " + std::to_string(p.ny) + " x " + std::to_string(p.nz);
}

std::string text_of(const Grid& g) {
  return std::to_string(g.nx) + " x " + std::to_string(g.ny) + " x " + std::to_string(g.nz);
}

template <class T, class Action>
void for_each_row(const Subdomain& s, const IndexBox& box, int batch, T* values, const Action& action) {
  const Grid& g = s.global;
  for (int b = 0; b < batch; ++b)
    for (int z = box.z_begin; z < box.z_end; ++z)
      for (int y = box.y_begin; y < box.y_end; ++y, values += box.nx())
        action(values, b * g.size() + (static_cast<std::size_t>(z) * g.ny + y) * g.nx + box.x_begin);
}

}  // namespace

Subdomain Subdomain::whole(const Grid& grid) {
  const IndexBox all{0, grid.nx, 0, grid.ny, 0, grid.nz};
  Subdomain result;
  result.global = grid;
  result.owned = all;
  result.parts = {all};
  return result;
}

int Subdomain::neighbour(Axis axis, Side side) const {
  const int stride = axis == Axis::x ? 1 : axis == Axis::y ? partition.nx : partition.nx * partition.ny;
  const int count = axis == Axis::x ? partition.nx : axis == Axis::y ? partition.ny : partition.nz;
  const int place = rank / stride % count + (side == Side::low ? -1 : 1);
  if (place < 0 || place >= count) return -1;
  return rank + (side == Side::low ? -stride : stride);
}

Partition choose_partition(const Grid& g, int n_ranks, const CutRules& rules) {
  Partition best;
  double least = std::numeric_limits<double>::infinity();
  for (int px = 1; px <= n_ranks; ++px)
    for (int py = 1; px * py <= n_ranks; ++py) {
      if (n_ranks % (px * py) != 0) continue;
      const Partition p{px, py, n_ranks / (px * py)};
      if (!fits(g.nx, p.nx, rules) || !fits(g.ny, p.ny, rules) || !fits(g.nz, p.nz, rules)) continue;
      const double cost = (p.nx - 1) * cost_of_x_faces * g.ny * g.nz + (p.ny - 1.0) * g.nx * g.nz +
                          (p.nz - 1.0) * g.nx * g.ny;
      if (cost < least) least = cost, best = p;
    }
  if (best.count() != n_ranks)
    throw UserError("The grid of " + text_of(g) + " points (x, y, z) cannot be cut for " + std::to_string(n_ranks) +
                    " ranks: a part would be thinner than the " + std::to_string(rules.radius) +
                    " points that the stencil reaches. Use fewer ranks for each group, a finer grid, or a lower order in "
                    "space.");
  return best;
}

std::vector<IndexBox> cut_grid(const Grid& g, const Partition& partition, const CutRules& rules) {
  for (const auto& [name, n, p] : {std::tuple{"x", g.nx, partition.nx}, {"y", g.ny, partition.ny}, {"z", g.nz, partition.nz}})
    if (!fits(n, p, rules)) {
      std::ostringstream text;
      text << "The " << n << " points along " << name << " cannot be cut into " << p << " parts: they would be " << n / p
           << " points wide, but the stencil reaches " << rules.radius << " points into the neighbour. Cut " << name
           << " into at most " << std::max(1, n / rules.radius) << " parts, or use a lower order in space.";
      throw UserError(text.str());
    }
  const auto x = cuts(g.nx, partition.nx, rules), y = cuts(g.ny, partition.ny, rules), z = cuts(g.nz, partition.nz, rules);
  std::vector<IndexBox> parts;
  for (int k = 0; k < partition.nz; ++k)
    for (int j = 0; j < partition.ny; ++j)
      for (int i = 0; i < partition.nx; ++i) parts.push_back({x[i], x[i + 1], y[j], y[j + 1], z[k], z[k + 1]});
  return parts;
}

Subdomain make_subdomain(const Grid& g, const Partition& partition, const CutRules& rules, const Communicator& domain) {
  if (partition.nx < 1 || partition.ny < 1 || partition.nz < 1 || partition.count() != domain.size())
    throw UserError("A cut into " + text_of(partition) + " parts (x, y, z) does not fit " + std::to_string(domain.size()) +
                    " ranks: the product must be the number of ranks of a group.");
  Subdomain result;
  result.global = g;
  result.partition = partition;
  result.parts = cut_grid(g, partition, rules);
  result.rank = domain.rank();
  if (domain.size() > 1) result.domain = &domain;
  result.owned = result.parts[static_cast<std::size_t>(result.rank)];
  return result;
}

template <class T>
std::vector<T> owned_part(const Subdomain& s, int batch, const T* global) {
  std::vector<T> owned(static_cast<std::size_t>(batch) * s.owned.size());
  for_each_row(s, s.owned, batch, owned.data(), [&](T* to, std::size_t from) {
    std::copy(global + from, global + from + s.owned.nx(), to);
  });
  return owned;
}

template <class T>
void gather_parts(const Subdomain& s, int batch, const T* owned, T* global) {
  const std::size_t size = static_cast<std::size_t>(batch) * s.owned.size();
  if (s.is_whole()) {
    std::copy(owned, owned + size, global);
    return;
  }
  const std::vector<T> all = s.domain->concatenate(std::vector<T>(owned, owned + size));
  const T* part = all.data();
  for (const IndexBox& box : s.parts) {
    for_each_row(s, box, batch, part, [&](const T* from, std::size_t to) { std::copy(from, from + box.nx(), global + to); });
    part += static_cast<std::size_t>(batch) * box.size();
  }
}

template std::vector<float> owned_part(const Subdomain&, int, const float*);
template std::vector<double> owned_part(const Subdomain&, int, const double*);
template void gather_parts(const Subdomain&, int, const float*, float*);
template void gather_parts(const Subdomain&, int, const double*, double*);

}  // namespace bornflow
