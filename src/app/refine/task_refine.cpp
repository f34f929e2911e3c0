#include "src/app/products.hpp"
#include "src/app/refine/inverse_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_refine(const RunContext& run) {
  if (already_complete(Product::refined, run)) return TaskResult::complete;
  const std::string& kind = run.config.problem.kind;
  if (kind == "compressed_sensing") {
    refine_compressed_sensing(run);
    return TaskResult::complete;
  }
  if (kind == "gaussian_mixture") {
    refine_mixture(run);
    return TaskResult::complete;
  }
  if (is_inverse_problem(kind)) {
    refine_inverse_problem(run);
    return TaskResult::complete;
  }
  if (kind == "rosenbrock") refine_rosenbrock(run);
  else refine_linear_gaussian(run);
  return TaskResult::complete;
}

}  // namespace bornflow
