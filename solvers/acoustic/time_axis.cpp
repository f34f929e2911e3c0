#include "solvers/acoustic/time_axis.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/finite_difference.hpp"

namespace bornflow {

double stable_time_step(const Grid& grid, int space_order, double max_velocity) {
  double inverse_squares = 0;
  if (grid.nx > 1) inverse_squares += 1.0 / (grid.dx * grid.dx);
  if (grid.ny > 1) inverse_squares += 1.0 / (grid.dy * grid.dy);
  if (grid.nz > 1) inverse_squares += 1.0 / (grid.dz * grid.dz);
  return 2.0 / (max_velocity * std::sqrt(second_derivative_norm(space_order) * inverse_squares));
}

double stable_time_step(const Grid& grid, const PropagatorOptions& options, double max_velocity) {
  if (!options.density) return stable_time_step(grid, options.space_order, max_velocity);
  return 2.0 / (max_velocity * std::sqrt(density_operator_norm(grid, options)));
}

TimeAxis make_time_axis(const Grid& grid, const PropagatorOptions& options, const Acquisition& acquisition,
                        double max_velocity) {
  if (!(options.cfl_safety > 0 && options.cfl_safety < 1))
    throw UserError("The CFL safety factor is " + std::to_string(options.cfl_safety) + "; it must be in (0, 1).");
  TimeAxis axis;
  axis.stable_dt = stable_time_step(grid, options, max_velocity);
  if (options.dt == 0) {
    // The small slack keeps a sample interval that is a whole number of steps from getting one step more by rounding.
    axis.substeps = std::max(1, static_cast<int>(std::ceil(
                                    acquisition.sample_interval / (options.cfl_safety * axis.stable_dt) - 1e-9)));
    axis.dt = acquisition.sample_interval / axis.substeps;
  } else {
    std::ostringstream text;
    text << "The time step dt = " << options.dt << " s ";
    if (!(options.dt > 0) || !std::isfinite(options.dt)) {
      text << "must be positive, or 0 for an automatic choice.";
      throw UserError(text.str());
    }
    if (options.dt >= axis.stable_dt) {
      text << "is unstable: with space order " << options.space_order << ", this grid" << (options.density ? ", this density" : "")
           << " and the highest velocity "
           << max_velocity << " m/s it must be below " << axis.stable_dt
           << " s. Choose a smaller one, or 0 for an automatic choice.";
      throw UserError(text.str());
    }
    const double ratio = acquisition.sample_interval / options.dt;
    axis.substeps = static_cast<int>(std::lround(ratio));
    if (axis.substeps < 1 || std::abs(ratio - axis.substeps) > 1e-6 * ratio) {
      text << "does not divide the sample interval " << acquisition.sample_interval
           << " s. Choose sample interval / n with a whole n, or 0 for an automatic choice.";
      throw UserError(text.str());
    }
    axis.dt = acquisition.sample_interval / axis.substeps;
  }
  axis.steps = (acquisition.n_samples - 1) * axis.substeps;
  return axis;
}

double points_per_wavelength(const Grid& grid, double min_velocity, double max_frequency) {
  double h = 0;
  if (grid.nx > 1) h = std::max(h, grid.dx);
  if (grid.ny > 1) h = std::max(h, grid.dy);
  if (grid.nz > 1) h = std::max(h, grid.dz);
  return min_velocity / (max_frequency * h);
}

}  // namespace bornflow
