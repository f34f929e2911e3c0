// Fields on other grids, and smoothed fields.

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/io/model_input.hpp"

namespace bornflow {

namespace {

/// The two points around a position along one axis, and the weight of the second.
struct Neighbours {
  int first, second;
  float weight;
};

std::vector<Neighbours> neighbours(const char* axis, int n, double spacing, double origin, int target_n,
                                   double target_spacing, double target_origin) {
  std::vector<Neighbours> result;
  for (int i = 0; i < target_n; ++i) {
    const double position = (target_origin + i * target_spacing - origin) / spacing;
    if (position < -0.5 || position > n - 0.5)
      throw UserError(std::string("the grid reaches outside the model along ") + axis + ": point " +
                      std::to_string(target_origin + i * target_spacing) + " m, model from " + std::to_string(origin) +
                      " to " + std::to_string(origin + (n - 1) * spacing) + " m; make the grid smaller");
    const double inside = std::clamp(position, 0.0, static_cast<double>(n - 1));
    const int first = std::min(static_cast<int>(inside), std::max(0, n - 2));
    result.push_back({first, std::min(first + 1, n - 1), static_cast<float>(inside - first)});
  }
  return result;
}

/// Weights of a Gaussian at the offsets 0, 1, ... points, up to four standard deviations.
std::vector<double> gaussian_weights(double length, double spacing, int n) {
  if (!(length >= 0)) throw UserError("a smoothing length is zero or positive, in m");
  const double deviation = length / spacing;
  const int reach = static_cast<int>(std::min<double>(std::ceil(4 * deviation), n - 1));
  std::vector<double> weights{1};
  for (int k = 1; k <= reach; ++k) weights.push_back(std::exp(-0.5 * (k / deviation) * (k / deviation)));
  return weights;
}

/// Smooths along one axis: points `stride` apart, `n` of them, starting at `values`.
void smooth_line(const std::vector<double>& weights, const float* values, float* smoothed, int n, std::size_t stride) {
  const int reach = static_cast<int>(weights.size()) - 1;
  for (int i = 0; i < n; ++i) {
    double sum = 0, weight_sum = 0;
    for (int j = std::max(0, i - reach); j <= std::min(n - 1, i + reach); ++j) {
      const double weight = weights[static_cast<std::size_t>(std::abs(i - j))];
      sum += weight * values[static_cast<std::size_t>(j) * stride];
      weight_sum += weight;
    }
    smoothed[static_cast<std::size_t>(i) * stride] = static_cast<float>(sum / weight_sum);
  }
}

}  // namespace

GridField resample(const GridField& field, const Grid& target) {
  const Grid& grid = field.grid;
  BORNFLOW_REQUIRE(grid.is_2d() && target.is_2d(), "only two-dimensional fields are resampled");
  const auto along_x = neighbours("x", grid.nx, grid.dx, grid.ox, target.nx, target.dx, target.ox);
  const auto along_z = neighbours("z", grid.nz, grid.dz, grid.oz, target.nz, target.dz, target.oz);
  GridField result{target, std::vector<float>(target.size())};
  std::size_t i = 0;
  for (const Neighbours& z : along_z) {
    for (const Neighbours& x : along_x) {
      const float upper = (1 - x.weight) * field.at(z.first, 0, x.first) + x.weight * field.at(z.first, 0, x.second);
      const float lower = (1 - x.weight) * field.at(z.second, 0, x.first) + x.weight * field.at(z.second, 0, x.second);
      result.values[i++] = (1 - z.weight) * upper + z.weight * lower;
    }
  }
  return result;
}

GridField smooth(const GridField& field, double length_x, double length_z) {
  const Grid& grid = field.grid;
  BORNFLOW_REQUIRE(grid.is_2d(), "only two-dimensional fields are smoothed");
  const auto weights_x = gaussian_weights(length_x, grid.dx, grid.nx);
  const auto weights_z = gaussian_weights(length_z, grid.dz, grid.nz);
  GridField rows = field, result = field;
  const auto nx = static_cast<std::size_t>(grid.nx);
  for (int iz = 0; iz < grid.nz; ++iz) {
    const std::size_t begin = static_cast<std::size_t>(iz) * nx;
    smooth_line(weights_x, &field.values[begin], &rows.values[begin], grid.nx, 1);
  }
  for (std::size_t ix = 0; ix < nx; ++ix) smooth_line(weights_z, &rows.values[ix], &result.values[ix], grid.nz, nx);
  return result;
}

}  // namespace bornflow
