#pragma once

#include <string>
#include <vector>

#include "src/app/run_context.hpp"

namespace bornflow {

/// Looks whether every task will find what it needs, in the run folder or made by a task before it, and whether it may write its
/// product: so that a run does not fail after hours on what was known at its start. Throws what the task would.
/// Returns whether one of the tasks will make a product: those of the others are complete, or they make none. Collective.
bool check_run_plan(const std::vector<std::string>& tasks, const RunContext& run);

}  // namespace bornflow
