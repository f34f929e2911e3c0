#include "src/app/waves/experiment_setup.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bornflow/base/error.hpp"
#include "bornflow/io/model_input.hpp"
#include "solvers/survey/source_encoding.hpp"
#include "src/app/waves/density_setup.hpp"

namespace bornflow {

namespace {

Grid make_grid(const GridSection& section) {
  Grid grid;
  grid.nx = section.nx, grid.ny = section.ny, grid.nz = section.nz;
  grid.dx = section.dx, grid.dy = section.dy, grid.dz = section.dz;
  grid.ox = section.ox, grid.oy = section.oy;
  return grid;
}

/// Lines along x over the width of the grid, equispaced over its y; one point, or one line, is in the middle.
std::vector<Point> equispaced_lines(const Grid& grid, int n_lines, int n_points, double z) {
  const double last_x = grid.ox + (grid.nx - 1) * grid.dx, last_y = grid.oy + (grid.ny - 1) * grid.dy;
  std::vector<Point> points;
  for (int line = 0; line < n_lines; ++line) {
    const double y = n_lines > 1 ? grid.oy + line * (last_y - grid.oy) / (n_lines - 1) : (grid.oy + last_y) / 2;
    const double first_x = n_points > 1 ? grid.ox : (grid.ox + last_x) / 2;
    const auto on_line = equispaced_line(n_points, first_x, last_x, z, y);
    points.insert(points.end(), on_line.begin(), on_line.end());
  }
  return points;
}

float slowness_squared(float velocity) { return 1e6f / (velocity * velocity); }  // m/s -> s2/km2

void fill_water(GridField& velocity, const ModelSection& model) {
  const std::size_t plane = static_cast<std::size_t>(velocity.grid.nx) * velocity.grid.ny;
  std::fill_n(velocity.values.begin(), plane * std::min(model.water_rows, velocity.grid.nz),
              static_cast<float>(model.water_velocity));
}

BackgroundModel gradient_background(const RunConfig& config) {
  GridField velocity{make_grid(config.grid), {}};
  const int plane = velocity.grid.nx * velocity.grid.ny;
  const int rows = velocity.grid.nz - config.model.water_rows;
  for (int iz = 0; iz < velocity.grid.nz; ++iz) {
    const double part = rows > 1 ? std::clamp(double(iz - config.model.water_rows) / (rows - 1), 0.0, 1.0) : 0.0;
    const double value = config.model.velocity_top + part * (config.model.velocity_bottom - config.model.velocity_top);
    velocity.values.insert(velocity.values.end(), static_cast<std::size_t>(plane), static_cast<float>(value));
  }
  fill_water(velocity, config.model);
  return {velocity, {}, nullptr};
}

BackgroundModel file_background(const RunConfig& config) {
  const ModelSection& model = config.model;
  VelocitySource source;
  source.path = model.file;
  source.dataset = model.dataset;
  source.units = model.units;
  source.spacing_x = model.file_dx;
  source.spacing_z = model.file_dz;
  source.nx = model.file_nx;
  source.nz = model.file_nz;

  // The water is laid on top of the model of the file: its first row comes below the last of water.
  Grid below = make_grid(config.grid);
  below.nz -= model.water_rows;
  below.oz = config.grid.oz;
  GridField slowness = resample(read_velocity(source), below);
  for (float& value : slowness.values) value = slowness_squared(value);
  const GridField smooth_slowness = smooth(slowness, model.smoothing, model.smoothing);

  GridField velocity{make_grid(config.grid), {}}, reflectivity{make_grid(config.grid), {}};
  velocity.values.resize(velocity.grid.size());
  reflectivity.values.resize(velocity.grid.size(), 0.0f);
  for (int iz = 0; iz < below.nz; ++iz)
    for (int ix = 0; ix < below.nx; ++ix) {
      velocity.at(iz + model.water_rows, 0, ix) = 1e3f / std::sqrt(smooth_slowness.at(iz, 0, ix));
      reflectivity.at(iz + model.water_rows, 0, ix) = slowness.at(iz, 0, ix) - smooth_slowness.at(iz, 0, ix);
    }
  fill_water(velocity, model);
  return {velocity, reflectivity, nullptr};
}

}  // namespace

BackgroundModel make_background(const RunConfig& config) {
  BackgroundModel background = config.model.kind == "file" ? file_background(config) : gradient_background(config);
  background.density = make_density(config, background.velocity);
  return background;
}

std::vector<float> make_water_mute(const RunConfig& config) {
  const Grid grid = make_grid(config.grid);
  std::vector<float> mute(grid.size(), 1.0f);
  const std::size_t plane = static_cast<std::size_t>(grid.nx) * grid.ny;
  std::fill_n(mute.begin(), plane * std::min(config.model.water_rows, grid.nz), 0.0f);
  return mute;
}

Acquisition make_acquisition(const RunConfig& config) {
  const Grid grid = make_grid(config.grid);
  Acquisition acquisition;
  const AcquisitionSection& section = config.acquisition;
  if (config.geometry.is_given()) {
    acquisition.sources = config.geometry.sources;
    acquisition.receivers = config.geometry.receivers;
    acquisition.spreads = config.geometry.spreads;
  } else {
    acquisition.sources = equispaced_lines(grid, section.source_lines, section.sources, section.source_depth);
    acquisition.receivers = equispaced_lines(grid, section.receiver_lines, section.receivers, section.receiver_depth);
  }
  acquisition.peak_frequency = config.time.peak_frequency;
  acquisition.sample_interval = config.time.sample_interval;
  acquisition.n_samples = static_cast<int>(std::floor(config.time.record_length / config.time.sample_interval + 1e-9)) + 1;
  if (config.acquisition.simultaneous > 0)
    acquisition.encodings = gaussian_encodings(static_cast<std::uint64_t>(config.run.seed),
                                               config.acquisition.simultaneous, static_cast<int>(acquisition.sources.size()));
  return acquisition;
}

int n_shots(const RunConfig& config) {
  if (config.acquisition.simultaneous > 0) return config.acquisition.simultaneous;
  return config.geometry.is_given() ? static_cast<int>(config.geometry.sources.size())
                                    : config.acquisition.sources * config.acquisition.source_lines;
}

std::vector<float> make_lens(const RunConfig& config, const GridField& velocity, const std::vector<float>& mute) {
  const ObservedSection& observed = config.observed;
  const Grid& grid = velocity.grid;
  std::vector<float> change(grid.size(), 0.0f);
  if (observed.lens_change == 0) return change;
  std::size_t i = 0;
  for (int iz = 0; iz < grid.nz; ++iz)
    for (int column = 0; column < grid.ny * grid.nx; ++column, ++i) {
      const double x = grid.ox + column % grid.nx * grid.dx - observed.lens_x, z = iz * grid.dz - observed.lens_z;
      const double v = velocity.values[i];
      const double radius = observed.lens_radius;
      const double w = v + observed.lens_change * std::exp(-(x * x + z * z) / (2 * radius * radius));
      if (!(w > 0))
        throw UserError("[observed] lens_change = " + std::to_string(observed.lens_change) +
                        " m/s leaves no positive velocity at the centre of the lens. Choose a weaker lens.");
      change[i] = static_cast<float>(mute[i] * (1e6 / (w * w) - 1e6 / (v * v)));
    }
  return change;
}

std::unique_ptr<Prior> make_prior(const RunConfig& config) {
  PriorOptions options;
  options.name = config.prior.kind;
  options.nz = config.grid.nz;
  options.nx = config.grid.nx;
  options.water_rows = config.model.water_rows;
  options.mode = config.prior.mode;
  options.seed = static_cast<std::uint64_t>(config.run.seed);
  options.path = config.prior.file;
  options.dataset = config.prior.dataset;
  return make_prior(options);
}

PropagatorOptions make_propagator_options(const RunConfig& config) {
  PropagatorOptions options;
  options.space_order = config.wave.space_order;
  options.layer_width = config.wave.layer_width;
  options.absorbing = config.wave.absorbing == "cpml" ? Absorbing::cpml : Absorbing::damping;
  options.dt = config.time.dt;
  options.top = config.wave.free_surface ? Top::free_surface : Top::absorbing;
  options.storage = storage_named(config.wave.storage);
  options.storage_memory = config.wave.storage_memory * 1e9;
  return options;
}

PropagatorOptions make_propagator_options(const RunConfig& config, const BackgroundModel& background) {
  PropagatorOptions options = make_propagator_options(config);
  options.density = background.density;
  return options;
}

PropagatorOptions make_propagator_options(const RunContext& run) {
  PropagatorOptions options = make_propagator_options(run.config);
  options.transport = choose_transport(run.groups.domain(), run.config.parallel.transport, mpi_claims_kernel_memory());
  return options;
}

PropagatorOptions make_propagator_options(const RunContext& run, const BackgroundModel& background) {
  PropagatorOptions options = make_propagator_options(run);
  options.density = background.density;
  return options;
}

Subdomain make_domain(const RunContext& run, const Grid& grid) {
  return make_subdomain(grid, make_partition(run.config, grid), cut_rules(run.config), run.groups.domain());
}

CutRules cut_rules(const RunConfig& config) {
  const int radius = config.wave.space_order / 2;
  return {has_density(config) ? 2 * radius - 1 : radius, config.wave.layer_width};   // as PaddedLayout::rim
}

Partition make_partition(const RunConfig& config, const Grid& grid) {
  const ParallelSection& parallel = config.parallel;
  if (parallel.split_x == 0 && parallel.split_y == 0 && parallel.split_z == 0)
    return choose_partition(grid, parallel.ranks_per_group, cut_rules(config));
  return {std::max(1, parallel.split_x), std::max(1, parallel.split_y), std::max(1, parallel.split_z)};
}

std::vector<std::int64_t> image_shape(const Grid& grid) {
  if (grid.is_2d()) return {grid.nz, grid.nx};
  return {grid.nz, grid.ny, grid.nx};
}

}  // namespace bornflow
