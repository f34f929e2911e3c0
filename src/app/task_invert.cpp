#include "bornflow/report/number.hpp"
#include "solvers/inversion/least_squares.hpp"
#include "src/app/experiment.hpp"
#include "src/app/observed_data.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_invert(const RunContext& run) {
  if (already_complete(Product::inverted, run)) return TaskResult::complete;
  require_product(Product::observed, run, "model");
  const ShotTeams teams(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  const ObservedData data = read_observed(run, experiment);
  ScopedTimer timer(run.timers, "LSQR");
  const LeastSquaresResult result = least_squares_migration(teams.team(), experiment.born(), teams.shots(), data.traces,
                                                            run.config.invert.iterations);
  run.log.line("LSQR, " + std::to_string(run.config.invert.iterations) + " iterations: |J dm - d| from " +
               format_significant(result.residual_norms.front()) + " to " + format_significant(result.residual_norms.back()));

  OutputFile output(run.folder.path(file_name(Product::inverted)), run.world());
  output.file().write("/image", {experiment.grid().nz, experiment.grid().nx}, result.image().data());
  output.file().write("/residual_norm", {static_cast<std::int64_t>(result.residual_norms.size())},
                      result.residual_norms.data());
  output.file().write_attribute("/image", "units", std::string("s2/km2"));
  stamp(output.file(), Product::inverted, run);
  output.file().write_attribute("/", "pde_solves", lsqr_pde_solves(run.config.invert.iterations, experiment.born().n_shots()));
  output.commit();
  return TaskResult::complete;
}

}  // namespace bornflow
