#include "src/app/dry_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "solvers/acoustic/born_operator.hpp"
#include "src/app/checks.hpp"
#include "src/app/flow_options.hpp"
#include "src/app/inverse_problems.hpp"
#include "src/app/known_problems.hpp"
#include "src/app/sensing_problem.hpp"
#include "src/app/shot_teams.hpp"

namespace bornflow {

namespace {

class Table {
public:
  void line(const char* name, const char* format, double a = 0, double b = 0, double c = 0) {
    char value[160], whole[200];
    std::snprintf(value, sizeof value, format, a, b, c);
    std::snprintf(whole, sizeof whole, "  %-34s %s\n", name, value);
    text_ += whole;
  }
  void words(const std::string& name, const std::string& value) {
    text_ += "  " + name + std::string(35 - name.size(), ' ') + value + "\n";
  }
  void heading(const std::string& text) { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

double megabytes(double bytes) { return bytes / 1e6; }

std::string inverse_problem_report(const RunConfig& config, int n_ranks) {
  const auto problem = make_inverse_problem(config);
  const auto network = make_vector_flow<float>(make_invertible_options(config, *problem).map.architecture, 1);
  Table table;
  table.heading("inverse problem of vectors: " + config.problem.kind);
  table.line("numbers of x and y", "%.0f and %.0f", problem->model_size(), problem->data_size());
  table.words("network", network->description());
  table.line("training steps", "%.0f of %.0f pairs",
             config.train.epochs * std::ceil(double(config.refine.pairs) / config.train.batch), config.train.batch);
  const bool ablation = config.problem.kind == "gaussian_mixture";
  if (!ablation) table.line("ABC: draws of each rank", "%.4g", config.abc.draws / n_ranks);
  table.words("ranks", ablation ? "share out three trainings" : "share out ABC and two trainings");
  return table.text();
}

std::string known_problem_report(const RunConfig& config) {
  const int size = config.problem.kind == "rosenbrock" ? 2 : config.linear_gaussian.size;
  const auto flow = make_vector_flow<float>(make_vector_architecture(config, size, condition_size(config)), 1);
  Table table;
  table.heading("problem of vectors: " + config.problem.kind);
  table.line("numbers of x", "%.0f", size);
  table.line("flow: parameters", "%.0f", static_cast<double>(flow->parameters().size()));
  table.line("training pairs", "%.0f", config.refine.pairs);
  table.line("training steps", "%.0f of %.0f pairs",
             config.train.epochs * std::ceil(double(config.refine.pairs) / config.train.batch), config.train.batch);
  table.words("ranks", "rank 0 does all the work; more make it no faster");
  return table.text();
}

std::string sensing_report(const RunConfig& config) {
  const CompressedSensingSection& sensing = config.compressed_sensing;
  const auto flow = make_flow<float>(make_sensing_architecture(config), 1);
  const int latents = config.refine.latents;
  Table table;
  table.heading("images from compressed data");
  table.line("image", "%.0f x %.0f points", sensing.nz, sensing.nx);
  table.words("flow", flow->description());
  table.line("training pairs", "%.0f", config.refine.pairs);
  table.line("training steps", "%.0f of %.0f pairs", static_cast<double>(updates(make_schedule(config, config.train.epochs), config.refine.pairs)),
             config.train.batch);
  const auto steps = [&](int epochs) {
    return static_cast<double>(updates(make_inference_schedule(config, epochs), latents));
  };
  table.line("updates of inference", "%.0f preconditioned, %.0f from scratch", steps(config.refine.preconditioned_epochs),
             steps(config.refine.scratch_epochs));
  return table.text();
}

}  // namespace

std::string dry_run_report(const RunConfig& config, int n_ranks) {
  if (config.problem.kind == "compressed_sensing") return sensing_report(config);
  if (is_inverse_problem(config.problem.kind)) return inverse_problem_report(config, n_ranks);
  if (config.problem.kind != "waves") return known_problem_report(config);
  const BackgroundModel background = make_background(config);
  check_physics(config, background);
  const auto [slowest, fastest] = std::minmax_element(background.velocity.values.begin(), background.velocity.values.end());
  const Grid& grid = background.velocity.grid;
  const PropagatorOptions options = make_propagator_options(config, background);
  const Acquisition acquisition = make_acquisition(config);
  const TimeAxis axis = make_time_axis(grid, options, acquisition, *fastest);
  const double layer = 2.0 * config.wave.layer_width;
  const double points = (grid.nx + layer) * (grid.nz + layer);

  Table table;
  table.heading("waves");
  table.line("velocity [m/s]", "%.0f to %.0f", *slowest, *fastest);
  if (background.density) {
    const auto [lightest, densest] = std::minmax_element(background.density->begin(), background.density->end());
    table.line("density [kg/m3]", "%.0f to %.0f", 1000 * *lightest, 1000 * *densest);
  }
  table.line("grid with absorbing layer", "%.0f x %.0f points", grid.nx + layer, grid.nz + layer);
  table.words("absorbing layer", config.wave.absorbing + ", " + std::to_string(config.wave.layer_width) + " points");
  table.line("time step [s]", "%.3e, %.0f for each sample, %.0f in all", axis.dt, axis.substeps, axis.steps);
  table.line("CFL number (of the limit)", "%.2f", axis.cfl_number());
  table.line("points per shortest wavelength", "%.1f",
             points_per_wavelength(grid, *slowest, max_ricker_frequency(config.time.peak_frequency)));
  const int n_shots = bornflow::n_shots(config);
  const int members = ShotTeams::members_for(n_ranks, n_shots);
  const int shots_a_rank = (n_shots + members - 1) / members;
  const double limit = config.wave.background_memory * 1e9;
  const BornOperator<float> born(Subdomain::whole(grid), options, acquisition, background.velocity.values, {}, limit);
  const double store = born.background_bytes(shots_a_rank);
  const double memory = 4.0 * static_cast<double>(born.propagator().layout().memory_size);
  if (memory > 0) table.line("CPML variables of each field", "%.2f MB", megabytes(memory));
  table.line("fields of a migration, each rank", "%.2f MB", megabytes(static_cast<double>(born.propagator().working_bytes(1))));
  table.line("background wavefields, each rank", store <= limit ? "%.0f MB, kept" : "%.0f MB, over the limit: not all kept",
             megabytes(store));
  table.heading("storage of a background wavefield (in use: " + config.wave.storage + ")");
  for (const StorageEstimate& estimate : estimate_every_storage(born.propagator().storage_problem()))
    table.words(storage_name(estimate.storage), describe(estimate));
  born.require_adjoint_fits();

  if (config.invert.method != "lsqr") {
    table.heading("waveform inversion");
    const double top = std::max<double>(*fastest, config.invert.velocity_max);
    table.line("time step for every model [s]", "%.3e", make_time_axis(grid, options, acquisition, top).dt);
    const double bands = std::max<double>(1, static_cast<double>(config.invert.frequencies.size()));
    const double a_step = config.invert.method == "fwi" ? 2.0 : 3.0 + 2.0 * config.invert.inner_iterations;
    table.line("PDE solves, at least", "%.0f", bands * config.invert.iterations * a_step * n_shots);
  }

  table.heading("pairs");
  const double n_pairs = double(config.pairs.train) + config.pairs.test;
  const double image = 4.0 * grid.nx * grid.nz;
  table.line("pairs.h5", "%.0f pairs, %.1f MB", n_pairs, megabytes(3 * n_pairs * image));
  const double solves = 3 * n_pairs * n_shots;
  table.line("PDE solves", "%.0f", solves);
  // 1e9 updates a second for each rank is what the 2-D kernel of order 8 does on a core of 2021.
  table.line("time, about [s]", "%.0f", solves * points * axis.steps / 1e9 / n_ranks);

  table.heading("flow");
  const auto flow = make_flow<float>(make_architecture(config), 1);
  table.line("parameters", "%.0f", static_cast<double>(flow->parameters().size()));
  const double steps = config.train.epochs * std::max(1.0, std::floor(double(config.pairs.train - config.train.validation) /
                                                                       config.train.batch));
  table.line("training steps, at most", "%.0f of %.0f pairs", steps, config.train.batch);
  table.line("pairs in memory, each rank", "%.1f MB", megabytes(3.0 * config.pairs.train * image));
  table.line("posterior samples, each rank", "%.1f MB", megabytes(config.posterior.samples * image));
  return table.text();
}

}  // namespace bornflow
