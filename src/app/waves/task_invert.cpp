#include "bornflow/parallel/ordered_sum.hpp"
#include "bornflow/report/number.hpp"
#include "solvers/inversion/least_squares.hpp"
#include "solvers/inversion/model_variables.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment.hpp"
#include "src/app/waves/observed_data.hpp"
#include "src/app/waves/waveform_task.hpp"

namespace bornflow {

namespace {

/// The right preconditioner of LSQR, empty when there is none. One solve a shot.
std::vector<double> column_scaling(const RunContext& run, const Experiment& experiment) {
  if (run.config.invert.preconditioner == "none") return {};
  const auto& velocity = experiment.background().velocity.values;
  Propagator<float> propagator(make_domain(run, experiment.grid()), make_propagator_options(run, experiment.background()),
                               experiment.acquisition(), velocity);
  OrderedSum sum(propagator.n_shots(), experiment.image_size());
  std::vector<float> image(experiment.image_size());
  const WorkRange shots = experiment.teams().shots();
  for (auto shot = shots.begin; shot < shots.end; ++shot) {
    propagator.illuminate(static_cast<int>(shot), image.data());
    sum.add(shot, image.data());
  }
  return illumination_scaling(sum.total(experiment.teams().team()), make_water_mute(run.config));
}

TaskResult run_least_squares(const RunContext& run) {
  const ShotTeams teams = ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  const ObservedData data = read_observed(run, experiment);
  const int iterations = run.config.invert.iterations;
  ScopedTimer timer(run.timers, "LSQR");
  const std::vector<double> scaling = column_scaling(run, experiment);
  const LeastSquaresResult result =
      least_squares_migration(teams.team(), experiment.born(), teams.shots(), data.traces, iterations, scaling);
  run.log.line("LSQR, " + std::to_string(iterations) + " iterations: |J dm - d| from " +
               format_significant(result.residual_norms.front()) + " to " + format_significant(result.residual_norms.back()));

  OutputFile output(run.folder.path(file_name(Product::inverted)), run.world());
  output.file().write("/image", image_shape(experiment.grid()), result.image().data());
  output.file().write("/residual_norm", {static_cast<std::int64_t>(result.residual_norms.size())},
                      result.residual_norms.data());
  output.file().write_attribute("/image", "units", std::string("s2/km2"));
  stamp(output.file(), Product::inverted, run);
  output.file().write_attribute("/", "method", run.config.invert.method);
  // The illumination is a solve a shot that the operator has not seen.
  output.file().write_attribute("/", "pde_solves",
                                experiment.solves().total() + (scaling.empty() ? 0 : experiment.born().n_shots()));
  output.commit();
  return TaskResult::complete;
}

}  // namespace

TaskResult run_invert(const RunContext& run) {
  if (already_complete(Product::inverted, run)) return TaskResult::complete;
  require_product(Product::observed, run);
  return run.config.invert.method == "lsqr" ? run_least_squares(run) : run_waveform_inversion(run);
}

}  // namespace bornflow
