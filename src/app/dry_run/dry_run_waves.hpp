#pragma once

#include <string>
#include <vector>

#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// dry_run_report of [problem] kind = waves: what the tasks need, for the rank with the largest part of the grid.
std::string dry_run_of_waves(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks);

}  // namespace bornflow
