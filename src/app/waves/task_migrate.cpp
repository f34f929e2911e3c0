#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment.hpp"
#include "src/app/waves/observed_data.hpp"

namespace bornflow {

TaskResult run_migrate(const RunContext& run) {
  if (already_complete(Product::migrated, run)) return TaskResult::complete;
  require_product(Product::observed, run);
  const ShotTeams teams = ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  const ObservedData data = read_observed(run, experiment);
  ScopedTimer timer(run.timers, "migrate");
  const std::vector<float> image = experiment.summary(data.traces);

  OutputFile output(run.folder.path(file_name(Product::migrated)), run.world());
  output.file().write("/image", image_shape(experiment.grid()), image.data());
  stamp(output.file(), Product::migrated, run);
  output.file().write_attribute("/", "pde_solves", experiment.solves().total());
  output.commit();
  return TaskResult::complete;
}

}  // namespace bornflow
