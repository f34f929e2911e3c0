#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bornflow/grid/grid.hpp"
#include "src/app/parameters/error_list.hpp"
#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// The density of [density] on the grid of `velocity` [m/s], in g/cm^3 as PropagatorOptions takes it; null where it is
/// constant. Gardner, Gardner and Gregory, Geophysics 39 (1974) 770: rho = 0.31 v^0.25 g/cm^3. IoError, DataError and
/// UserError as read_field and resample; DataError for values that no rock has.
std::shared_ptr<const std::vector<float>> make_density(const RunConfig& config, const GridField& velocity);

/// Whether the equation has a density at all.
inline bool has_density(const RunConfig& config) { return config.density.kind != "constant"; }

/// Adds to `errors` what cannot be in [density].
void check_density(const RunConfig& config, ErrorList& errors);

}  // namespace bornflow
