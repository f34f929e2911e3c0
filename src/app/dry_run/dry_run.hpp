#pragma once

#include <string>
#include <vector>

#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// What the tasks would do on so many ranks (or on those of one group, when that is more): time step, CFL number, points per
/// wavelength, memory of each rank, sizes of the products. Throws what the run would throw, for a model that cannot be what
/// its units say included.
std::string dry_run_report(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks);

}  // namespace bornflow
