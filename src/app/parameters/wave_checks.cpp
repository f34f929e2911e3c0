#include "src/app/parameters/wave_checks.hpp"

#include <algorithm>
#include <utility>

#include "bornflow/report/number.hpp"
#include "solvers/survey/low_pass.hpp"
#include "src/app/waves/density_setup.hpp"

namespace bornflow {

namespace {

void check_positions(const RunConfig& config, ErrorList& errors) {
  const double depth = (config.grid.nz - 1) * config.grid.dz;
  if (config.geometry.is_given()) {
    const SurveyGeometry& geometry = config.geometry;
    const auto reach_the_top = [](const std::vector<Point>& points) {
      return std::any_of(points.begin(), points.end(), [](const Point& point) { return point.z == 0; });
    };
    const bool some_does = reach_the_top(geometry.sources) || reach_the_top(geometry.receivers) ||
                           std::any_of(geometry.spreads.begin(), geometry.spreads.end(), reach_the_top);
    errors.add_if(config.wave.free_surface && some_does,
                  "[acquisition] file has a point at z = 0, on the free surface, where the pressure is zero. Set [wave] "
                  "free_surface = false, or place it " + format_significant(config.grid.dz) + " m ([grid] dz) deep or more.");
    errors.add_if(!geometry.spreads.empty() && config.acquisition.simultaneous > 0,
                  "[acquisition] simultaneous = " + std::to_string(config.acquisition.simultaneous) +
                      " needs receivers that record every source; those of [acquisition] file differ from shot to shot.");
    return;
  }
  for (const auto& [key, value] : {std::pair<std::string, double>{"source_depth", config.acquisition.source_depth},
                                   {"receiver_depth", config.acquisition.receiver_depth}}) {
    errors.add_if(config.wave.free_surface && value == 0,
                  "[acquisition] " + key + " = 0 lies on the free surface, where the pressure is zero: all data would be. Place it " +
                      format_significant(config.grid.dz) + " m ([grid] dz) deep or more, or set [wave] free_surface = false.");
    errors.add_if(value > depth, "[acquisition] " + key + " = " + format_significant(value) + " m lies outside the grid, which ends at " +
                                     format_significant(depth) + " m.");
  }
}

void check_records(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.time.record_length < 4 * config.time.sample_interval,
                "[time] record_length holds less than four samples of sample_interval.");
  errors.add_if(config.model.water_rows > config.grid.nz - 8,
                "[model] water_rows = " + std::to_string(config.model.water_rows) + " leaves less than 8 rows of image in [grid] nz = " +
                    std::to_string(config.grid.nz) + " rows.");
  errors.add_if(config.time.record_length > 1e7 * config.time.sample_interval,
                "[time] record_length holds more than ten million samples of sample_interval.");
  errors.add_if(config.time.dt > 0 && config.time.sample_interval > 1e4 * config.time.dt,
                "[time] dt is less than a ten-thousandth of sample_interval.");
  errors.add_if(config.model.kind == "gradient" && config.grid.oz != 0,
                "[grid] oz places the grid inside a model file; [model] kind = gradient has none.");
  errors.add_if(config.wave.space_order % 2 != 0,
                "[wave] space_order = " + std::to_string(config.wave.space_order) + " must be even.");
}

void check_layer(const RunConfig& config, ErrorList& errors) {
  const int width = config.wave.layer_width, reach = config.wave.space_order / 2;
  errors.add_if(config.wave.absorbing == "cpml" && width > 0 && width <= reach,
                "[wave] layer_width = " + std::to_string(width) + " with absorbing = cpml absorbs nothing: with space_order = " +
                    std::to_string(config.wave.space_order) + " the innermost " + std::to_string(reach) +
                    " points only lead over to it. Choose " + std::to_string(reach + 6) + " or more, or damping.");
  errors.add_if(config.wave.absorbing == "cpml" && width > widest_cpml,
                "[wave] layer_width = " + std::to_string(width) + " with absorbing = cpml: at most " +
                    std::to_string(widest_cpml) + "; 20 are plenty.");
}

void check_dimensions(const RunConfig& config, const std::vector<std::string>& tasks, ErrorList& errors) {
  const bool is_3d = config.grid.ny > 1;
  errors.add_if(is_3d && config.grid.ny < 8, "[grid] ny = " + std::to_string(config.grid.ny) +
                                                 " must be 1 (two dimensions) or at least 8.");
  errors.add_if(!is_3d && !config.geometry.is_given() && (config.acquisition.source_lines > 1 || config.acquisition.receiver_lines > 1),
                "[acquisition] source_lines and receiver_lines are for three dimensions; [grid] ny = 1.");
  errors.add_if(is_3d && config.model.kind == "file", "[model] kind = file reads sections (nz, nx); [grid] ny must be 1.");
  for (const std::string& task : tasks)
    errors.add_if(is_3d && (task == "pairs" || task == "train" || task == "posterior" || task == "correct" || task == "diagnose"),
                  "task '" + task + "' works on two-dimensional images; [grid] ny must be 1. In three dimensions use "
                  "model, migrate, invert, verify and benchmark.");
}

/// Collected with the other errors of the file; whether the ranks can be grouped is known only when they are.
void check_cut(const RunConfig& config, ErrorList& errors) {
  const ParallelSection& parallel = config.parallel;
  if (parallel.split_x == 0 && parallel.split_y == 0 && parallel.split_z == 0) return;
  const int parts = std::max(1, parallel.split_x) * std::max(1, parallel.split_y) * std::max(1, parallel.split_z);
  errors.add_if(parts != parallel.ranks_per_group,
                "[parallel] split_x, split_y and split_z make " + std::to_string(parts) +
                    " parts, but ranks_per_group = " + std::to_string(parallel.ranks_per_group) +
                    ". Their product must be the number of ranks of a group.");
}

void check_files(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.model.kind == "file" && config.model.file.empty(),
                "[model] kind = file needs [model] file, the velocity model.");
  errors.add_if(config.model.kind != "file" && !config.model.file.empty(),
                "[model] file is given, but kind = gradient does not read it. Set kind = file, or remove it.");
  errors.add_if(config.prior.kind == "library" && config.prior.file.empty(),
                "[prior] kind = library needs [prior] file, the images.");
  errors.add_if(config.observed.truth == "model" && config.model.kind != "file",
                "[observed] truth = model needs [model] kind = file.");
}

void check_truth(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.observed.truth == "lens" && config.observed.lens_change == 0,
                "[observed] truth = lens needs [observed] lens_change, its velocity.");
  const bool is_unknown = config.observed.truth == "unknown";
  errors.add_if(is_unknown && config.observed.file.empty(), "[observed] truth = unknown needs [observed] file, the shot records.");
  errors.add_if(!is_unknown && !config.observed.file.empty(),
                "[observed] file is given, but truth = " + config.observed.truth + " does not read it. Set truth = unknown, or remove it.");
  errors.add_if(is_unknown && config.observed.lens_change != 0,
                "[observed] lens_change changes data that are simulated, not the records of [observed] file.");
}

/// What can be told without the background model.
void check_inversion(const RunConfig& config, ErrorList& errors) {
  const InvertSection& invert = config.invert;
  if (invert.method == "lsqr") return;
  errors.add_if(config.observed.physics != "full",
                "[invert] method = " + invert.method + " fits whole wavefields: it needs [observed] physics = full.");
  errors.add_if(invert.velocity_min >= invert.velocity_max,
                "[invert] velocity_min = " + format_significant(invert.velocity_min) +
                    " m/s must be below velocity_max = " + format_significant(invert.velocity_max) + " m/s.");
  for (std::size_t i = 1; i < invert.frequencies.size(); ++i)
    errors.add_if(invert.frequencies[i] <= invert.frequencies[i - 1],
                  "[invert] frequencies must ascend, but " + format_significant(invert.frequencies[i - 1]) +
                      " Hz comes before " + format_significant(invert.frequencies[i]) + " Hz.");
  if (!invert.frequencies.empty()) {
    const double lowest = *std::min_element(invert.frequencies.begin(), invert.frequencies.end());
    errors.add_if(low_pass_delay(lowest) > 0.5 * config.time.record_length,
                  "[invert] frequencies: the low-pass of " + format_significant(lowest) + " Hz delays the data by " +
                      format_significant(low_pass_delay(lowest)) + " s, more than half of [time] record_length. Choose "
                      "higher corners or longer records.");
  }
}

/// What the background model must be like.
void check_start(const RunConfig& config, const BackgroundModel& background, ErrorList& errors) {
  const InvertSection& invert = config.invert;
  if (invert.method == "lsqr") return;
  const std::vector<float> mute = make_water_mute(config);
  const std::vector<float>& velocity = background.velocity.values;
  float slowest = 1e9f, fastest = 0;
  for (std::size_t i = 0; i < velocity.size(); ++i)
    if (mute[i] != 0) slowest = std::min(slowest, velocity[i]), fastest = std::max(fastest, velocity[i]);
  errors.add_if(slowest < invert.velocity_min || fastest > invert.velocity_max,
                "[invert] velocity_min and velocity_max, " + format_significant(invert.velocity_min) + " and " +
                    format_significant(invert.velocity_max) + " m/s, do not hold the start model, " +
                    format_significant(slowest) + " to " + format_significant(fastest) + " m/s below the water.");
  const double limit = stable_time_step(background.velocity.grid, make_propagator_options(config, background),
                                        std::max<double>(fastest, invert.velocity_max));
  errors.add_if(config.time.dt >= limit,
                "[time] dt = " + format_significant(config.time.dt) + " s is unstable at [invert] velocity_max = " +
                    format_significant(invert.velocity_max) + " m/s: it must be below " + format_significant(limit) +
                    " s, or 0 for an automatic choice.");
}

}  // namespace

bool needs_no_file(const RunConfig& config) { return config.model.kind == "gradient" && config.density.kind != "file"; }

void check_waves(const RunConfig& config, const std::vector<std::string>& tasks, ErrorList& errors) {
  check_positions(config, errors);
  check_records(config, errors);
  check_layer(config, errors);
  check_dimensions(config, tasks, errors);
  check_cut(config, errors);
  check_files(config, errors);
  const std::size_t before = errors.size();
  check_density(config, errors);
  const bool has_sound_density = errors.size() == before;
  errors.add_if(config.observed.mode != "same" && (config.observed.truth != "prior" || config.prior.kind != "reflectivity"),
                "[observed] mode = " + config.observed.mode + " is for truth = prior and [prior] kind = reflectivity, whose images have modes.");
  check_truth(config, errors);
  check_inversion(config, errors);
  const bool has_even_order = config.wave.space_order % 2 == 0;   // else there is no limit of the time step
  if (needs_no_file(config) && has_even_order && has_sound_density)
    check_start(config, make_background(config), errors);
}

void check_inversion(const RunConfig& config, const BackgroundModel& background) {
  ErrorList errors;
  check_inversion(config, errors);
  check_start(config, background, errors);
  errors.raise();
}

void check_physics(const RunConfig& config, const BackgroundModel& background) {
  const auto [slowest, fastest] = std::minmax_element(background.velocity.values.begin(), background.velocity.values.end());
  ErrorList errors;
  const double points = points_per_wavelength(background.velocity.grid, *slowest,
                                              max_ricker_frequency(config.time.peak_frequency));
  const double most = config.time.peak_frequency * points / config.wave.min_points_per_wavelength;
  errors.add_if(points < config.wave.min_points_per_wavelength,
                "[grid] samples the shortest wavelength (" + format_significant(*slowest) + " m/s at " +
                    format_significant(max_ricker_frequency(config.time.peak_frequency)) + " Hz) with " + format_significant(points) +
                    " points, less than [wave] min_points_per_wavelength = " + format_significant(config.wave.min_points_per_wavelength) +
                    ". Choose a finer grid, or [time] peak_frequency up to " + format_significant(most) + " Hz.");
  errors.raise();
  // Refuses a time step above the stability limit, and names the limit.
  make_time_axis(background.velocity.grid, make_propagator_options(config, background), make_acquisition(config), *fastest);
}

}  // namespace bornflow
