#include "src/app/waves/waveform_task.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/number.hpp"
#include "bornflow/report/progress.hpp"
#include "solvers/inversion/model_variables.hpp"
#include "solvers/inversion/slowness.hpp"
#include "src/app/parameters/wave_checks.hpp"
#include "src/app/products.hpp"
#include "src/app/waves/experiment_setup.hpp"
#include "src/app/waves/observed_data.hpp"
#include "src/app/waves/shot_teams.hpp"
#include "src/app/waves/wave_memory.hpp"

namespace bornflow {

namespace {

/// |m - truth| / |start - truth| over the free points; negative when the truth is unknown.
class ModelError {
public:
  ModelError(const InversionProblem& problem, const std::vector<float>& true_change)
      : problem_(problem), true_change_(true_change) {
    if (!true_change.empty()) initial_ = distance(problem.start);
  }
  double operator()(const std::vector<double>& model) const { return initial_ > 0 ? distance(model) / initial_ : -1; }

private:
  double distance(const std::vector<double>& model) const {
    double sum = 0;
    for (std::size_t i = 0; i < model.size(); ++i) {
      const double error = model[i] - problem_.start[i] - true_change_[i];
      if (problem_.setup.mask[i] != 0) sum += error * error;
    }
    return std::sqrt(sum);
  }

  const InversionProblem& problem_;
  const std::vector<float>& true_change_;
  double initial_ = 0;
};

InversionProblem make_problem(const RunContext& run, const BackgroundModel& background, const ShotTeams& teams) {
  const RunConfig& config = run.config;
  const Grid& grid = background.velocity.grid;
  InversionProblem problem{{make_domain(run, grid), make_propagator_options(run, background), make_acquisition(config),
                            make_water_mute(config), config.wave.background_memory * 1e9},
                           teams.shots(), {}, squared_slowness(background.velocity.values)};
  WaveformSetup& setup = problem.setup;
  freeze_rim(grid, setup.mask);
  // Rows of water may be faster than the bound.
  const float fastest = *std::max_element(background.velocity.values.begin(), background.velocity.values.end());
  setup.options.dt = fixed_time_step(grid, setup.options, setup.acquisition,
                                     std::max<double>(fastest, config.invert.velocity_max));
  return problem;
}

/// Refuses what needs too much memory before the first solve.
void check_memory(const RunContext& run, const InversionProblem& problem, const BackgroundModel& background,
                  const InversionOptions& options) {
  const WaveformSetup& setup = problem.setup;
  const BornOperator<float> start(setup.subdomain, setup.options, setup.acquisition, background.velocity.values, setup.mask,
                                  setup.memory_limit_bytes);
  require_memory(run.log, start, options.method == InversionMethod::gauss_newton ? static_cast<int>(problem.shots.size()) : 1);
}

/// They refer to all that is given.
InversionHooks make_hooks(const RunContext& run, const ModelError& model_error, Progress& progress) {
  InversionHooks hooks;
  hooks.should_stop = [&] { return run.stop.poll(); };
  hooks.on_warning = [&](const std::string& warning) { run.log.warn(warning); };
  hooks.on_iteration = [&](InversionRecord& record, const std::vector<double>& model) {
    record.model_error = model_error(model);
    Progress::Columns columns = {{"band", record.band + 1},         {"corner", record.corner},
                                 {"misfit", record.misfit},         {"relative", record.relative_misfit},
                                 {"|gradient|", record.projected_gradient}, {"step", record.step},
                                 {"solves", record.pde_solves}};
    if (record.model_error >= 0) columns.push_back({"error", record.model_error});
    progress.update(record.iteration, columns);
  };
  return hooks;
}

void tell_interruption(const RunContext& run, const InversionOptions& options) {
  run.log.line(options.method == InversionMethod::gauss_newton
                   ? "an unfinished step, if any, will be repeated; there is a checkpoint after each"
                   : "iterations since the last checkpoint, if any, will be repeated; there is one every " +
                         std::to_string(options.restart_every) + " iterations ([invert] restart_every)");
}

void write_inverted(const RunContext& run, const BackgroundModel& background, const InversionProblem& problem,
                    const InversionState& state) {
  const std::vector<std::int64_t> shape = image_shape(background.velocity.grid);
  std::vector<float> change(state.model.size());
  for (std::size_t i = 0; i < change.size(); ++i) change[i] = static_cast<float>(state.model[i] - problem.start[i]);
  std::vector<double> residual_norms;
  for (const InversionRecord& record : state.history) residual_norms.push_back(std::sqrt(2 * record.misfit));

  OutputFile output(run.folder.path(file_name(Product::inverted)), run.world());
  Hdf5File& file = output.file();
  file.write("/velocity", shape, velocity_of(state.model).data());
  file.write("/start_velocity", shape, background.velocity.values.data());
  file.write("/squared_slowness", shape, state.model.data());
  file.write("/image", shape, change.data());
  for (const char* name : {"/velocity", "/start_velocity"}) file.write_attribute(name, "units", "m/s");
  for (const char* name : {"/squared_slowness", "/image"}) file.write_attribute(name, "units", "s2/km2");
  write_history(file, state.history);
  file.write("/history/residual_norm", {static_cast<std::int64_t>(residual_norms.size())}, residual_norms.data());
  stamp(file, Product::inverted, run);
  file.write_attribute("/", "method", run.config.invert.method);
  file.write_attribute("/", "time_step", problem.setup.options.dt);
  file.write_attribute("/", "pde_solves", state.ledger.total());
  file.write_attribute("/", "forward_solves", state.ledger.forward);
  file.write_attribute("/", "adjoint_solves", state.ledger.adjoint);
  output.commit();
}

}  // namespace

InversionOptions make_inversion_options(const RunConfig& config) {
  const InvertSection& section = config.invert;
  InversionOptions options;
  options.method = section.method == "gauss_newton" ? InversionMethod::gauss_newton : InversionMethod::quasi_newton;
  options.scaling = section.preconditioner == "none" ? InversionScaling::none : InversionScaling::illumination;
  options.velocity_min = section.velocity_min;
  options.velocity_max = section.velocity_max;
  if (!section.frequencies.empty()) options.corners = section.frequencies;
  options.iterations = section.iterations;
  options.restart_every = section.restart_every;
  options.inner_iterations = section.inner_iterations;
  options.smoothing = section.smoothing;
  return options;
}

TaskResult run_waveform_inversion(const RunContext& run) {
  const BackgroundModel background = make_background(run.config);
  check_physics(run.config, background);
  check_inversion(run.config, background);
  const ShotTeams teams = ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config));
  InversionProblem problem = make_problem(run, background, teams);
  const InversionOptions options = make_inversion_options(run.config);
  check_memory(run, problem, background, options);
  ObservedData data = read_records(run, problem.setup.acquisition, teams.shots());
  problem.traces = std::move(data.traces);

  const std::string path = run.folder.path("inverted.checkpoint.h5");
  run_on_root(run.world(), [&] { can_continue(path, Product::inverted, run); });
  const InversionCheckpoint checkpoint(run.world(), path, configuration_of(Product::inverted, run));
  InversionState state;
  state.model = problem.start;
  const bool continues = checkpoint.restore(state);
  if (continues)
    run.log.line("RESTART: goes on in band " + std::to_string(state.band + 1) + " after " +
                 std::to_string(state.iteration) + " of its iterations");

  const ModelError model_error(problem, data.truth);
  ProgressSettings settings;
  settings.seconds_between_rows = 0;
  Progress progress(run.log, "invert", double(options.iterations) * options.corners.size(), "iterations", settings);
  if (continues && !state.history.empty()) progress.go_on_from(state.history.back().iteration);
  ScopedTimer timer(run.timers, "waveform inversion");
  const InversionEnd end =
      invert_waveforms(teams.team(), problem, options, checkpoint, make_hooks(run, model_error, progress), state);
  progress.finish();
  if (end == InversionEnd::interrupted) {
    tell_interruption(run, options);
    return TaskResult::checkpointed;
  }
  write_inverted(run, background, problem, state);
  checkpoint.remove();
  run.log.line("misfit down to " + format_significant(state.history.back().relative_misfit) + " of the last band's start, " +
               std::to_string(std::llround(state.ledger.total())) + " PDE solves");
  return TaskResult::complete;
}

}  // namespace bornflow
