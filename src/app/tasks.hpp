#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/app/products.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// One thing that bornflow can do, as named on its command line.
struct Task {
  std::string name;
  std::string help;
  TaskResult (*run)(const RunContext&);
  std::vector<Product> needs;     ///< of tasks before it
  std::optional<Product> makes;
};

/// Every task, in the order of a whole run.
const std::vector<Task>& all_tasks();

std::vector<std::string> task_names();

/// Throws UserError when there is none of this name.
const Task& task_named(const std::string& name);

TaskResult run_model(const RunContext& run);
TaskResult run_migrate(const RunContext& run);
TaskResult run_invert(const RunContext& run);
TaskResult run_pairs(const RunContext& run);
TaskResult run_train(const RunContext& run);
TaskResult run_posterior(const RunContext& run);
TaskResult run_correct(const RunContext& run);
TaskResult run_diagnose(const RunContext& run);
TaskResult run_benchmark(const RunContext& run);
TaskResult run_verify(const RunContext& run);
TaskResult run_refine(const RunContext& run);

}  // namespace bornflow
