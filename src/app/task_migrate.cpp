#include "src/app/experiment.hpp"
#include "src/app/observed_data.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_migrate(const RunContext& run) {
  if (already_complete(Product::migrated, run)) return TaskResult::complete;
  require_product(Product::observed, run, "model");
  const ShotTeams teams = ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  const ObservedData data = read_observed(run, experiment);
  ScopedTimer timer(run.timers, "migrate");
  const std::vector<float> image = experiment.summary(data.traces);

  OutputFile output(run.folder.path(file_name(Product::migrated)), run.world());
  output.file().write("/image", image_shape(experiment.grid()), image.data());
  stamp(output.file(), Product::migrated, run);
  // The background wavefields are one forward solve for each shot, the migration one adjoint solve.
  output.file().write_attribute("/", "pde_solves",
                                std::int64_t{2} * experiment.born().n_shots() + extra_solves(run.config));
  output.commit();
  return TaskResult::complete;
}

}  // namespace bornflow
