#pragma once

#include <string>
#include <vector>

#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// What the tasks would do on so many ranks (or on those of one group, when that is more). Of waves: time step, CFL number,
/// points per wavelength, memory of the fields, of a background in every storage, of pairs and samples on each rank, size of
/// pairs.h5, solves and training steps; not the memory of the training. Of other problems: sizes and training steps. Throws what
/// the run would throw of its parameters, for a model that cannot be what its units say included; products are not looked at.
std::string dry_run_report(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks);

}  // namespace bornflow
