#include "solvers/acoustic/density/density.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/finite_difference.hpp"

namespace bornflow {

namespace {

/// Indices of the model for the points -reach .. n - 1 + reach of an axis: the layer continues its ends, and a free surface
/// mirrors it.
std::vector<int> extended_axis(int n, int reach, bool is_mirror) {
  std::vector<int> index;
  for (int i = -reach; i < n + reach; ++i) index.push_back(std::min(is_mirror ? std::abs(i) : std::max(i, 0), n - 1));
  return index;
}

}  // namespace

void require_valid_density(const Grid& g, const PropagatorOptions& options) {
  if (!options.density) return;
  const std::vector<float>& density = *options.density;
  if (density.size() != g.size())
    throw UserError("The density model has " + std::to_string(density.size()) + " values, the grid has " +
                    std::to_string(g.size()) + " points.");
  for (std::size_t i = 0; i < density.size(); ++i) {
    if (density[i] > 0 && std::isfinite(density[i])) continue;
    std::ostringstream text;
    const std::size_t plane = static_cast<std::size_t>(g.nx) * g.ny;
    text << "The density at (iz, iy, ix) = (" << i / plane << ", " << i % plane / g.nx << ", " << i % g.nx << ") is "
         << density[i] << " g/cm3; it must be positive and finite.";
    throw UserError(text.str());
  }
}

double max_density(const PropagatorOptions& options) {
  return options.density ? *std::max_element(options.density->begin(), options.density->end()) : 1;
}

double density_operator_norm(const Grid& g, const PropagatorOptions& options) {
  const std::vector<float>& density = *options.density;
  const std::vector<double> c = staggered_derivative_weights(options.space_order);
  const int radius = options.space_order / 2, reach = 2 * radius;   // of the points of the layer, and from them
  double total = 0;
  for (const double weight : c) total += 2 * std::abs(weight);
  const auto x = extended_axis(g.nx, reach, false), y = extended_axis(g.ny, g.is_2d() ? 0 : reach, false),
             z = extended_axis(g.nz, reach, options.top == Top::free_surface);
  const int y_margin = g.is_2d() ? 0 : radius;
  const auto at = [&](std::size_t iz, std::size_t iy, std::size_t ix) {
    return static_cast<double>(density[(static_cast<std::size_t>(z[iz]) * g.ny + y[iy]) * g.nx + x[ix]]);
  };
  double greatest = 0;
  for (std::size_t iz = radius; iz + radius < z.size(); ++iz)
    for (std::size_t iy = y_margin; iy + y_margin < y.size(); ++iy)
      for (std::size_t ix = radius; ix + radius < x.size(); ++ix) {
        double sums[3] = {0, 0, 0};
        for (int k = 1; k <= radius; ++k) {
          const double w = 2 * std::abs(c[k]);   // 1 / the mean of two densities is 2 over their sum
          sums[0] += w / (at(iz, iy, ix + k) + at(iz, iy, ix + k - 1)) + w / (at(iz, iy, ix - k) + at(iz, iy, ix - k + 1));
          if (!g.is_2d())
            sums[1] += w / (at(iz, iy + k, ix) + at(iz, iy + k - 1, ix)) + w / (at(iz, iy - k, ix) + at(iz, iy - k + 1, ix));
          sums[2] += w / (at(iz + k, iy, ix) + at(iz + k - 1, iy, ix)) + w / (at(iz - k, iy, ix) + at(iz - k + 1, iy, ix));
        }
        const double sum = sums[0] / (g.dx * g.dx) + sums[1] / (g.dy * g.dy) + sums[2] / (g.dz * g.dz);
        greatest = std::max(greatest, total * at(iz, iy, ix) * sum);
      }
  return greatest;
}

}  // namespace bornflow
