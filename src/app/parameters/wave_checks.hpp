#pragma once

#include <string>
#include <vector>

#include "src/app/parameters/error_list.hpp"
#include "src/app/parameters/run_config.hpp"
#include "src/app/waves/experiment_setup.hpp"

namespace bornflow {

/// Rules of the grid, the medium, the acquisition, the cut over ranks and the inversion; the background too, where it needs no
/// file. Adds what is broken to `errors`.
void check_waves(const RunConfig& config, const std::vector<std::string>& tasks, ErrorList& errors);

/// Stability of the time step and sampling of the shortest wavelength in this background. Throws UserError.
void check_physics(const RunConfig& config, const BackgroundModel& background);

/// Whether the waveform inversion of [invert] can start from this background: bounds, bands, data, time step. Throws
/// UserError with every rule that is broken. Does nothing for method = lsqr.
void check_inversion(const RunConfig& config, const BackgroundModel& background);

/// Whether the background is computed from the parameters alone.
bool needs_no_file(const RunConfig& config);

}  // namespace bornflow
