#include "src/app/parameters/checks.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/report/number.hpp"
#include "solvers/survey/low_pass.hpp"
#include "src/app/posterior/flow_options.hpp"
#include "src/app/refine/inverse_problems.hpp"
#include "src/app/waves/density_setup.hpp"

namespace bornflow {

namespace {

class Problems {
public:
  void add_if(bool broken, const std::string& message) {
    if (broken) messages_.push_back(message);
  }
  void raise() const {
    if (messages_.empty()) return;
    std::string all;
    for (const auto& message : messages_) all += message + "\n";
    throw UserError(all + std::to_string(messages_.size()) + (messages_.size() == 1 ? " error" : " errors") +
                    "; nothing was run.");
  }

private:
  std::vector<std::string> messages_;
};

using TaskNames = std::vector<std::string>;

bool contains(const TaskNames& tasks, const std::string& task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

void check_geometry(const RunConfig& config, Problems& problems) {
  const double depth = (config.grid.nz - 1) * config.grid.dz;
  for (const auto& [key, value] : {std::pair<std::string, double>{"source_depth", config.acquisition.source_depth},
                                   {"receiver_depth", config.acquisition.receiver_depth}})
    problems.add_if(value > depth, "[acquisition] " + key + " = " + format_significant(value) + " m lies outside the grid, which ends at " +
                                       format_significant(depth) + " m.");
  problems.add_if(config.time.record_length < 4 * config.time.sample_interval,
                  "[time] record_length holds less than four samples of sample_interval.");
  problems.add_if(config.model.water_rows > config.grid.nz - 8,
                  "[model] water_rows = " + std::to_string(config.model.water_rows) + " leaves less than 8 rows of image in [grid] nz = " +
                      std::to_string(config.grid.nz) + " rows.");
  problems.add_if(config.time.record_length > 1e7 * config.time.sample_interval,
                  "[time] record_length holds more than ten million samples of sample_interval.");
  problems.add_if(config.time.dt > 0 && config.time.sample_interval > 1e4 * config.time.dt,
                  "[time] dt is less than a ten-thousandth of sample_interval.");
  problems.add_if(config.model.kind == "gradient" && config.grid.oz != 0,
                  "[grid] oz places the grid inside a model file; [model] kind = gradient has none.");
  problems.add_if(config.wave.space_order % 2 != 0,
                  "[wave] space_order = " + std::to_string(config.wave.space_order) + " must be even.");
}

void check_layer(const RunConfig& config, Problems& problems) {
  const int width = config.wave.layer_width, reach = config.wave.space_order / 2;
  problems.add_if(config.wave.absorbing == "cpml" && width > 0 && width <= reach,
                  "[wave] layer_width = " + std::to_string(width) + " with absorbing = cpml absorbs nothing: with space_order = " +
                      std::to_string(config.wave.space_order) + " the innermost " + std::to_string(reach) +
                      " points only lead over to it. Choose " + std::to_string(reach + 6) + " or more, or damping.");
  problems.add_if(config.wave.absorbing == "cpml" && width > widest_cpml,
                  "[wave] layer_width = " + std::to_string(width) + " with absorbing = cpml: at most " +
                      std::to_string(widest_cpml) + "; 20 are plenty.");
}

void check_dimensions(const RunConfig& config, const TaskNames& tasks, Problems& problems) {
  const bool is_3d = config.grid.ny > 1;
  problems.add_if(is_3d && config.grid.ny < 8, "[grid] ny = " + std::to_string(config.grid.ny) +
                                                   " must be 1 (two dimensions) or at least 8.");
  problems.add_if(!is_3d && (config.acquisition.source_lines > 1 || config.acquisition.receiver_lines > 1),
                  "[acquisition] source_lines and receiver_lines are for three dimensions; [grid] ny = 1.");
  problems.add_if(is_3d && config.model.kind == "file", "[model] kind = file reads sections (nz, nx); [grid] ny must be 1.");
  for (const auto& task : {"pairs", "train", "posterior", "diagnose"})
    problems.add_if(is_3d && contains(tasks, task), std::string("task '") + task +
                                                     "' works on two-dimensional images; [grid] ny must be 1. In three "
                                                     "dimensions use model, migrate, invert, verify and benchmark.");
}

/// Collected with the other errors of the file; whether the ranks can be grouped is known only when they are.
void check_cut(const RunConfig& config, Problems& problems) {
  const ParallelSection& parallel = config.parallel;
  if (parallel.split_x == 0 && parallel.split_y == 0 && parallel.split_z == 0) return;
  const int parts = std::max(1, parallel.split_x) * std::max(1, parallel.split_y) * std::max(1, parallel.split_z);
  problems.add_if(parts != parallel.ranks_per_group,
                  "[parallel] split_x, split_y and split_z make " + std::to_string(parts) +
                      " parts, but ranks_per_group = " + std::to_string(parallel.ranks_per_group) +
                      ". Their product must be the number of ranks of a group.");
}

void check_files(const RunConfig& config, Problems& problems) {
  problems.add_if(config.model.kind == "file" && config.model.file.empty(),
                  "[model] kind = file needs [model] file, the velocity model.");
  problems.add_if(config.model.kind != "file" && !config.model.file.empty(),
                  "[model] file is given, but kind = gradient does not read it. Set kind = file, or remove it.");
  problems.add_if(config.prior.kind == "library" && config.prior.file.empty(),
                  "[prior] kind = library needs [prior] file, the images.");
  problems.add_if(config.observed.truth == "model" && config.model.kind != "file",
                  "[observed] truth = model needs [model] kind = file.");
}

void check_run(const RunConfig& config, const TaskNames& tasks, Problems& problems) {
  problems.add_if(config.run.folder.empty(), "[run] folder is empty: name the folder for the products.");
  problems.add_if(tasks.empty(), "[run] tasks is empty: name at least one task.");
  problems.add_if(contains(tasks, "diagnose") && config.pairs.test < 20,
                  "[pairs] test = " + std::to_string(config.pairs.test) +
                      ": diagnose needs 20 or more test pairs; fewer show nothing about calibration.");
}

/// Images from compressed data: nothing of waves is read.
void check_sensing(const RunConfig& config, Problems& problems) {
  const CompressedSensingSection& sensing = config.compressed_sensing;
  problems.add_if(config.flow.network == "coupling", "[flow] network = coupling is for vectors; images need glow or hint.");
  const int factor = 1 << config.flow.scales;
  problems.add_if(sensing.nx % factor != 0 || sensing.nz % factor != 0,
                  "[flow] scales = " + std::to_string(config.flow.scales) + " needs [compressed_sensing] nx and nz that " +
                      std::to_string(factor) + " divides; they are " + std::to_string(sensing.nx) + " and " +
                      std::to_string(sensing.nz) + ".");
  try {
    make_training_options(config).check();
  } catch (const UserError& error) {
    problems.add_if(true, std::string("[train] ") + error.what());
  }
}

/// Problems of vectors: nothing of waves is read.
void check_known_problem(const RunConfig& config, Problems& problems) {
  if (is_inverse_problem(config.problem.kind)) {
    for (const std::string& error : inverse_problem_errors(config)) problems.add_if(true, error);
    return;
  }
  problems.add_if(config.flow.network == "inn", "[flow] network = inn has no condition; [problem] kind = " +
                                                    config.problem.kind + " needs coupling or hint.");
  problems.add_if(config.flow.network == "glow", "[flow] network = glow is for images; [problem] kind = " +
                                                     config.problem.kind + " needs coupling or hint.");
  problems.add_if(config.problem.kind == "rosenbrock" && config.rosenbrock.truth.size() != 2,
                  "[rosenbrock] truth has " + std::to_string(config.rosenbrock.truth.size()) + " numbers; it needs two.");
  problems.add_if(config.problem.kind == "linear_gaussian" && config.linear_gaussian.data_size > config.linear_gaussian.size,
                  "[linear_gaussian] data_size must not be larger than size.");
  problems.add_if(config.problem.kind == "linear_gaussian" && config.refine.calibration_runs > 0 &&
                      config.refine.calibration_runs < 20,
                  "[refine] calibration_runs: fewer than 20 runs show nothing; 0 does none.");
}

void check_parts(const RunConfig& config, Problems& problems) {
  problems.add_if(config.pairs.part >= config.pairs.parts,
                  "[pairs] part = " + std::to_string(config.pairs.part) + ", but the parts are 0 to " +
                      std::to_string(config.pairs.parts - 1) + " ([pairs] parts = " + std::to_string(config.pairs.parts) + ").");
}

void check_learning(const RunConfig& config, Problems& problems) {
  try {
    make_training_options(config).check();
  } catch (const UserError& error) {
    problems.add_if(true, std::string("[train] ") + error.what());
  }
  problems.add_if(config.flow.network == "coupling" || config.flow.network == "inn",
                  "[flow] network = " + config.flow.network + " is for vectors; images need glow or hint.");
  const int factor = 1 << config.flow.scales;
  problems.add_if(config.grid.nx % factor != 0 || config.grid.nz % factor != 0,
                  "[flow] scales = " + std::to_string(config.flow.scales) + " needs [grid] nx and nz that " +
                      std::to_string(factor) + " divides; they are " + std::to_string(config.grid.nx) + " and " +
                      std::to_string(config.grid.nz) + ".");
  problems.add_if(config.train.validation >= config.pairs.train,
                  "[train] validation = " + std::to_string(config.train.validation) + " leaves nothing of [pairs] train = " +
                      std::to_string(config.pairs.train) + " to train on.");
  problems.add_if(config.train.flip && config.model.kind == "file",
                  "[train] flip = true needs a background that a horizontal flip does not change; set it to false for "
                  "[model] kind = file.");
  problems.add_if(config.train.negate && config.prior.kind == "library",
                  "[train] negate = true needs a prior that is symmetric about zero; set it to false for [prior] kind = "
                  "library.");
  problems.add_if(config.observed.truth == "prior" &&
                      config.observed.index < std::int64_t{config.pairs.train} + config.pairs.test,
                  "[observed] index = " + std::to_string(config.observed.index) +
                      " is the image of a training or test pair. Choose one from " +
                      std::to_string(config.pairs.train + config.pairs.test) + " on.");
}

void check_encodings(const RunConfig& config, Problems& problems) {
  problems.add_if(config.acquisition.simultaneous > 0 && config.train.flip,
                  "[train] flip = true needs shots that a horizontal flip does not change; set it to false for "
                  "[acquisition] simultaneous = " + std::to_string(config.acquisition.simultaneous) + ".");
}

void check_truth(const RunConfig& config, Problems& problems) {
  problems.add_if(config.observed.truth == "lens" && config.observed.lens_change == 0,
                  "[observed] truth = lens needs [observed] lens_change, its velocity.");
}

/// What can be told without the background model.
void check_inversion(const RunConfig& config, Problems& problems) {
  const InvertSection& invert = config.invert;
  if (invert.method == "lsqr") return;
  problems.add_if(config.observed.physics != "full",
                  "[invert] method = " + invert.method + " fits whole wavefields: it needs [observed] physics = full.");
  problems.add_if(invert.velocity_min >= invert.velocity_max,
                  "[invert] velocity_min = " + format_significant(invert.velocity_min) +
                      " m/s must be below velocity_max = " + format_significant(invert.velocity_max) + " m/s.");
  for (std::size_t i = 1; i < invert.frequencies.size(); ++i)
    problems.add_if(invert.frequencies[i] <= invert.frequencies[i - 1],
                    "[invert] frequencies must ascend, but " + format_significant(invert.frequencies[i - 1]) +
                        " Hz comes before " + format_significant(invert.frequencies[i]) + " Hz.");
  if (!invert.frequencies.empty()) {
    const double lowest = *std::min_element(invert.frequencies.begin(), invert.frequencies.end());
    problems.add_if(low_pass_delay(lowest) > 0.5 * config.time.record_length,
                    "[invert] frequencies: the low-pass of " + format_significant(lowest) + " Hz delays the data by " +
                        format_significant(low_pass_delay(lowest)) + " s, more than half of [time] record_length. Choose "
                        "higher corners or longer records.");
  }
}

/// What the background model must be like.
void check_start(const RunConfig& config, const BackgroundModel& background, Problems& problems) {
  const InvertSection& invert = config.invert;
  if (invert.method == "lsqr") return;
  const std::vector<float> mute = make_water_mute(config);
  const std::vector<float>& velocity = background.velocity.values;
  float slowest = 1e9f, fastest = 0;
  for (std::size_t i = 0; i < velocity.size(); ++i)
    if (mute[i] != 0) slowest = std::min(slowest, velocity[i]), fastest = std::max(fastest, velocity[i]);
  problems.add_if(slowest < invert.velocity_min || fastest > invert.velocity_max,
                  "[invert] velocity_min and velocity_max, " + format_significant(invert.velocity_min) + " and " +
                      format_significant(invert.velocity_max) + " m/s, do not hold the start model, " +
                      format_significant(slowest) + " to " + format_significant(fastest) + " m/s below the water.");
  const double limit = stable_time_step(background.velocity.grid, make_propagator_options(config, background),
                                        std::max<double>(fastest, invert.velocity_max));
  problems.add_if(config.time.dt >= limit,
                  "[time] dt = " + format_significant(config.time.dt) + " s is unstable at [invert] velocity_max = " +
                      format_significant(invert.velocity_max) + " m/s: it must be below " + format_significant(limit) +
                      " s, or 0 for an automatic choice.");
}

}  // namespace

void require_tasks_of_problem(const std::vector<std::string>& tasks, const RunConfig& config) {
  const bool is_known = config.problem.kind != "waves";
  for (const std::string& task : tasks)
    if ((task == "refine") != is_known)
      throw UserError("task '" + task + "' is not for [problem] kind = " + config.problem.kind +
                      (is_known ? ", which 'refine' alone works on. Set [run] tasks = refine."
                                : "; it works on rosenbrock and linear_gaussian, whose posterior is known, and on "
                                  "gaussian_mixture, inverse_kinematics, layered_tissue, star_cluster and compressed_sensing."));
}

void check_parameters(const RunConfig& config, const std::vector<std::string>& tasks) {
  Problems problems;
  check_run(config, tasks, problems);
  if (config.problem.kind != "waves") {
    if (config.problem.kind == "compressed_sensing") check_sensing(config, problems);
    else check_known_problem(config, problems);
    return problems.raise();
  }
  check_geometry(config, problems);
  check_layer(config, problems);
  check_dimensions(config, tasks, problems);
  check_cut(config, problems);
  check_files(config, problems);
  const std::vector<std::string> errors_of_density = density_errors(config);
  for (const std::string& error : errors_of_density) problems.add_if(true, error);
  check_parts(config, problems);
  const TaskNames learning = {"pairs", "train", "posterior", "diagnose", "benchmark"};
  if (std::any_of(learning.begin(), learning.end(), [&](const auto& task) { return contains(tasks, task); }))
    check_learning(config, problems);
  check_encodings(config, problems);
  check_truth(config, problems);
  check_inversion(config, problems);
  const bool has_even_order = config.wave.space_order % 2 == 0;   // else there is no limit of the time step
  const bool needs_no_file = config.model.kind == "gradient" && config.density.kind != "file";
  if (needs_no_file && has_even_order && errors_of_density.empty()) check_start(config, make_background(config), problems);
  problems.raise();
  if (needs_no_file) check_physics(config, make_background(config));
}

void check_inversion(const RunConfig& config, const BackgroundModel& background) {
  Problems problems;
  check_inversion(config, problems);
  check_start(config, background, problems);
  problems.raise();
}

void check_physics(const RunConfig& config, const BackgroundModel& background) {
  const auto [slowest, fastest] = std::minmax_element(background.velocity.values.begin(), background.velocity.values.end());
  Problems problems;
  const double points = points_per_wavelength(background.velocity.grid, *slowest,
                                              max_ricker_frequency(config.time.peak_frequency));
  const double most = config.time.peak_frequency * points / config.wave.min_points_per_wavelength;
  problems.add_if(points < config.wave.min_points_per_wavelength,
                  "[grid] samples the shortest wavelength (" + format_significant(*slowest) + " m/s at " +
                      format_significant(max_ricker_frequency(config.time.peak_frequency)) + " Hz) with " + format_significant(points) +
                      " points, less than [wave] min_points_per_wavelength = " + format_significant(config.wave.min_points_per_wavelength) +
                      ". Choose a finer grid, or [time] peak_frequency up to " + format_significant(most) + " Hz.");
  problems.raise();
  // Refuses a time step above the stability limit, and names the limit.
  make_time_axis(background.velocity.grid, make_propagator_options(config, background), make_acquisition(config), *fastest);
}

}  // namespace bornflow
