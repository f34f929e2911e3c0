#pragma once

#include <string>
#include <vector>

#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// Rules that span sections, for the tasks that will run (of the command line or of [run] tasks): geometry, sizes that the flow
/// can take, files that must be named; and check_physics where the background needs no file. Throws UserError with every rule
/// that is broken. Reads nothing.
void check_parameters(const RunConfig& config, const std::vector<std::string>& tasks);

/// Whether the tasks work on [problem] kind: refine on problems whose answer is known, the others on waves. Throws UserError.
void require_tasks_of_problem(const std::vector<std::string>& tasks, const RunConfig& config);

}  // namespace bornflow
