#include "solvers/inversion/model_variables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

constexpr double illumination_floor = 0.05;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

ModelVariables::ModelVariables(std::vector<double> start, std::vector<float> mask, const SymmetricSmoother& smoother,
                               std::vector<double> scaling)
    : start_(std::move(start)), mask_(std::move(mask)), smoother_(smoother), scaling_(std::move(scaling)) {
  BORNFLOW_REQUIRE(mask_.size() == start_.size() && scaling_.size() == start_.size(), "fields of different sizes");
}

std::vector<double> ModelVariables::change(const std::vector<double>& y) const {
  std::vector<double> result(y);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] *= scaling_[i];
  smoother_.apply(result);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] *= mask_[i];
  return result;
}

std::vector<double> ModelVariables::model(const std::vector<double>& y) const {
  std::vector<double> result = change(y);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += start_[i];
  return result;
}

std::vector<double> ModelVariables::gradient(std::vector<double> g) const {
  for (std::size_t i = 0; i < g.size(); ++i) g[i] *= mask_[i];
  smoother_.apply(g);
  for (std::size_t i = 0; i < g.size(); ++i) g[i] *= scaling_[i];
  return g;
}

ModelVariables::Bounds ModelVariables::bounds(double low, double high) const {
  // The room below and above each point as negative numbers, so that the largest around is the least room.
  std::vector<double> below(size()), above(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const bool is_free = mask_[i] != 0;
    below[i] = is_free ? std::min(0.0, low - start_[i]) : -infinity;
    above[i] = is_free ? std::min(0.0, start_[i] - high) : -infinity;
  }
  Bounds result{smoother_.largest_around(std::move(below)), smoother_.largest_around(std::move(above))};
  for (std::size_t i = 0; i < size(); ++i) {
    result.lower[i] = result.lower[i] / scaling_[i];
    result.upper[i] = -result.upper[i] / scaling_[i];
  }
  return result;
}

void freeze_rim(const Grid& grid, std::vector<float>& mask) {
  const auto is_end = [](int i, int n) { return n > 1 && (i == 0 || i == n - 1); };
  std::size_t i = 0;
  for (int iz = 0; iz < grid.nz; ++iz)
    for (int iy = 0; iy < grid.ny; ++iy)
      for (int ix = 0; ix < grid.nx; ++ix, ++i)
        if (is_end(ix, grid.nx) || is_end(iy, grid.ny) || is_end(iz, grid.nz)) mask[i] = 0;
}

std::vector<double> illumination_scaling(const std::vector<double>& illumination, const std::vector<float>& mask) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i] != 0) sum += illumination[i], count += 1;
  const double mean = count > 0 ? sum / count : 0;
  if (!(mean > 0) || !std::isfinite(mean))
    throw NumericalError("The sources light no point of the image: the records end too early, or every point is muted.");
  std::vector<double> scaling(illumination.size());
  for (std::size_t i = 0; i < scaling.size(); ++i)
    scaling[i] = 1.0 / std::sqrt(illumination[i] / mean + illumination_floor);
  return scaling;
}

}  // namespace bornflow
