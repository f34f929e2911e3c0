#include "flows/training/run_on_root.hpp"
#include "src/app/products.hpp"
#include "src/app/refine_tasks.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_refine(const RunContext& run) {
  if (already_complete(Product::refined, run)) return TaskResult::complete;
  if (run.config.problem.kind == "compressed_sensing") {
    refine_compressed_sensing(run);
    return TaskResult::complete;
  }
  run_on_root(run.world(), [&] {
    if (run.config.problem.kind == "rosenbrock") refine_rosenbrock(run);
    else refine_linear_gaussian(run);
  });
  return TaskResult::complete;
}

}  // namespace bornflow
