#pragma once

#include <string>

#include "src/app/sections.hpp"

namespace bornflow {

/// What a run would do: time step, CFL number, points per wavelength, memory of each rank, sizes of the products. Throws
/// what the run would throw, for a model that cannot be what its units say included.
std::string dry_run_report(const RunConfig& config, int n_ranks);

}  // namespace bornflow
