#include "src/app/dry_run/dry_run_waves.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/acoustic/born_operator.hpp"
#include "src/app/dry_run/dry_run_table.hpp"
#include "src/app/parameters/wave_checks.hpp"
#include "src/app/posterior/flow_options.hpp"
#include "src/app/waves/field_records.hpp"
#include "src/app/waves/shot_teams.hpp"

namespace bornflow {

namespace {

double megabytes(double bytes) { return bytes / 1e6; }

/// What the parts of the report speak of.
struct Plan {
  const RunConfig& config;
  const std::vector<std::string>& tasks;
  int n_groups;
  BackgroundModel background;
  PropagatorOptions options;
  Acquisition acquisition;
  TimeAxis axis;

  bool runs(const std::string& task) const { return std::find(tasks.begin(), tasks.end(), task) != tasks.end(); }
  const Grid& grid() const { return background.velocity.grid; }
  int n_shots() const { return bornflow::n_shots(config); }
};

Plan make_plan(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks) {
  BackgroundModel background = make_background(config);
  check_physics(config, background);
  const PropagatorOptions options = make_propagator_options(config, background);
  const Acquisition acquisition = make_acquisition(config);
  if (config.observed.truth == "unknown" && std::find(tasks.begin(), tasks.end(), "model") != tasks.end())
    require_field_records(config, acquisition);
  const float fastest = *std::max_element(background.velocity.values.begin(), background.velocity.values.end());
  const TimeAxis axis = make_time_axis(background.velocity.grid, options, acquisition, fastest);
  // A dry run on one rank also speaks for a group of many.
  return {config, tasks, std::max(1, n_ranks / config.parallel.ranks_per_group), std::move(background), options, acquisition, axis};
}

/// The part of the grid with the most points.
Subdomain largest_part(const Plan& plan) {
  if (plan.config.parallel.ranks_per_group == 1) return Subdomain::whole(plan.grid());
  Subdomain part;
  part.global = plan.grid();
  part.partition = make_partition(plan.config, plan.grid());
  part.parts = cut_grid(plan.grid(), part.partition, cut_rules(plan.config));
  const auto largest = std::max_element(part.parts.begin(), part.parts.end(), [](const IndexBox& a, const IndexBox& b) {
    return a.size() < b.size();
  });
  part.rank = static_cast<int>(largest - part.parts.begin());
  part.owned = *largest;
  return part;
}

/// Points of the grid with its absorbing layer, which a free surface does not have on top.
std::string padded_size(const Plan& plan, double& points) {
  const int layer = plan.config.wave.layer_width;
  const int nx = plan.grid().nx + 2 * layer, ny = plan.grid().is_2d() ? 1 : plan.grid().ny + 2 * layer;
  const int nz = plan.grid().nz + (plan.options.top == Top::free_surface ? 1 : 2) * layer;
  points = static_cast<double>(nx) * ny * nz;
  return std::to_string(nx) + " x " + (ny == 1 ? "" : std::to_string(ny) + " x ") + std::to_string(nz) + " points";
}

void report_physics(const Plan& plan, DryRunTable& table) {
  const std::vector<float>& velocity = plan.background.velocity.values;
  const auto [slowest, fastest] = std::minmax_element(velocity.begin(), velocity.end());
  table.heading("waves");
  table.line("velocity [m/s]", "%.0f to %.0f", *slowest, *fastest);
  if (plan.background.density) {
    const auto [lightest, densest] = std::minmax_element(plan.background.density->begin(), plan.background.density->end());
    table.line("density [kg/m3]", "%.0f to %.0f", 1000 * *lightest, 1000 * *densest);
  }
  double points = 0;
  table.words("grid with absorbing layer", padded_size(plan, points));
  table.words("absorbing layer", plan.config.wave.absorbing + ", " + std::to_string(plan.config.wave.layer_width) + " points");
  table.line("time step [s]", "%.3e, %.0f for each sample, %.0f in all", plan.axis.dt, plan.axis.substeps, plan.axis.steps);
  table.line("CFL number (of the limit)", "%.2f", plan.axis.cfl_number());
  table.line("points per shortest wavelength", "%.1f",
             points_per_wavelength(plan.grid(), *slowest, max_ricker_frequency(plan.config.time.peak_frequency)));
}

void report_memory(const Plan& plan, DryRunTable& table) {
  const bool has_samples = plan.runs("pairs") || plan.runs("diagnose");
  const int members = has_samples ? ShotTeams::members_for(plan.n_groups, plan.n_shots()) : plan.n_groups;
  const int shots_a_rank = (plan.n_shots() + members - 1) / members;
  const double limit = plan.config.wave.background_memory * 1e9;
  const Subdomain part = largest_part(plan);
  if (!part.is_whole())
    table.words("cut of the grid (x, y, z)", std::to_string(part.partition.nx) + " x " + std::to_string(part.partition.ny) + " x " +
                                                 std::to_string(part.partition.nz) + " parts");
  const BornOperator<float> born(part, plan.options, plan.acquisition, plan.background.velocity.values, {}, limit);
  const double store = born.background_bytes(shots_a_rank);
  const double memory = 4.0 * static_cast<double>(born.propagator().layout().memory_size);
  if (memory > 0) table.line("CPML variables of each field", "%.2f MB", megabytes(memory));
  table.line("fields of a migration, each rank", "%.2f MB", megabytes(static_cast<double>(born.propagator().working_bytes(1))));
  table.line("background wavefields, each rank", store <= limit ? "%.0f MB, kept" : "%.0f MB, over the limit: not all kept",
             megabytes(store));
  table.heading("storage of a background wavefield (in use: " + plan.config.wave.storage + ")");
  for (const StorageEstimate& estimate : estimate_every_storage(born.propagator().storage_problem()))
    table.words(storage_name(estimate.storage), describe(estimate));
  born.require_adjoint_fits();
}

void report_waveform_inversion(const Plan& plan, DryRunTable& table) {
  const InvertSection& invert = plan.config.invert;
  const std::vector<float>& velocity = plan.background.velocity.values;
  table.heading("waveform inversion");
  const double top = std::max<double>(*std::max_element(velocity.begin(), velocity.end()), invert.velocity_max);
  table.line("time step for every model [s]", "%.3e", make_time_axis(plan.grid(), plan.options, plan.acquisition, top).dt);
  const double bands = std::max<double>(1, static_cast<double>(invert.frequencies.size()));
  const double a_step = invert.method == "fwi" ? 2.0 : 3.0 + 2.0 * invert.inner_iterations;
  table.line("PDE solves, at least", "%.0f", bands * invert.iterations * a_step * plan.n_shots());
}

double image_bytes(const Plan& plan) { return 4.0 * static_cast<double>(plan.grid().size()); }

void report_pairs(const Plan& plan, DryRunTable& table) {
  table.heading("pairs");
  const double n_pairs = double(plan.config.pairs.train) + plan.config.pairs.test;
  table.line("pairs.h5", "%.0f pairs, %.1f MB", n_pairs, megabytes(3 * n_pairs * image_bytes(plan)));
  const double solves = 3 * n_pairs * plan.n_shots();
  table.line("PDE solves", "%.0f", solves);
  if (!kernels_run_on_host) return;
  // 1e9 updates a second for each rank is what the 2-D kernel of order 8 does on a core of 2021.
  double points = 0;
  padded_size(plan, points);
  const int n_ranks = plan.n_groups * plan.config.parallel.ranks_per_group;
  table.line("time, about [s]", "%.0f", solves * points * plan.axis.steps / 1e9 / n_ranks);
}

void report_flow(const Plan& plan, DryRunTable& table) {
  const RunConfig& config = plan.config;
  table.heading("flow");
  const auto flow = make_flow<float>(make_architecture(config), 1);
  table.line("parameters", "%.0f", static_cast<double>(flow->parameters().size()));
  const double steps = config.train.epochs * std::max(1.0, std::floor(double(config.pairs.train - config.train.validation) /
                                                                       config.train.batch));
  table.line("training steps, at most", "%.0f of %.0f pairs", steps, config.train.batch);
  table.line("pairs in memory, each rank", "%.1f MB", megabytes(3.0 * config.pairs.train * image_bytes(plan)));
  const int sets = plan.runs("correct") ? 2 : 1;   // before and after
  table.line("posterior samples, each rank", "%.1f MB", megabytes(sets * config.posterior.samples * image_bytes(plan)));
}

void report_correction(const Plan& plan, DryRunTable& table) {
  const CorrectSection& correct = plan.config.correct;
  table.heading("latent correction");
  const int n_shots = plan.n_shots(), shots = correct.shots_of_update(n_shots), passes = correct.passes(n_shots);
  table.line("updates", "%.0f of %.0f shots and %.0f latents", std::ceil(double(n_shots) / shots) * passes, shots, correct.latents);
  // With the background, once more where it is subtracted from full data; the migration; and the data of samples before and after.
  const double own = plan.config.observed.physics == "full" ? 2 : 1;
  table.line("PDE solves", "%.0f", (own + 2.0 * passes * correct.latents + 2.0 + 2.0 * correct.checked_samples) * n_shots);
}

std::string points_of(const std::vector<double>& sizes) {
  std::string text;
  for (const double size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(static_cast<int>(size));
  return text.empty() ? "none" : text;
}

/// A benchmark has grids of its own; of [grid] only the flow that is trained has the size.
std::string benchmark_report(const RunConfig& config) {
  const BenchmarkSection& section = config.benchmark;
  DryRunTable table;
  table.heading("benchmark, " + std::to_string(section.repetitions) + " repetitions");
  table.words("square grids, points a side", points_of(section.sizes));
  table.words("cubic grids, points a side", points_of(section.cubes));
  table.line("gradients on grids up to", "%.3g million points", section.largest_gradient);
  table.line("file of each rank", "%.0f MB", section.file_megabytes);
  table.words("training", section.training && kernels_run_on_host
                              ? "a flow of images of " + std::to_string(config.grid.nz) + " x " + std::to_string(config.grid.nx) + " points"
                              : "not timed");
  return table.text();
}

}  // namespace

std::string dry_run_of_waves(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks) {
  if (tasks == std::vector<std::string>{"benchmark"}) return benchmark_report(config);
  const Plan plan = make_plan(config, tasks, n_ranks);
  DryRunTable table;
  report_physics(plan, table);
  report_memory(plan, table);
  if (plan.runs("invert") && config.invert.method != "lsqr") report_waveform_inversion(plan, table);
  if (plan.runs("pairs")) report_pairs(plan, table);
  if (plan.runs("train") || plan.runs("posterior") || plan.runs("correct") || plan.runs("diagnose")) report_flow(plan, table);
  if (plan.runs("correct")) report_correction(plan, table);
  return table.text();
}

}  // namespace bornflow
