#pragma once

#include <string>

#include "src/app/sections.hpp"

namespace bornflow {

/// Rules that span sections: stability, sampling of the wavelength, geometry, sizes that the flow can take, a model file
/// that exists. Throws UserError with every rule that is broken. Reads no data.
void check_parameters(const RunConfig& config);

/// What a run would do: time step, CFL number, points per wavelength, memory of each rank, sizes of the products. Throws as the
/// run would, for a model that cannot be what its units say included.
std::string dry_run_report(const RunConfig& config, int n_ranks);

}  // namespace bornflow
