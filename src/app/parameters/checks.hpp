#pragma once

#include "src/app/parameters/sections.hpp"
#include "src/app/waves/experiment_setup.hpp"

namespace bornflow {

/// Rules that span sections, for the tasks that will run (of the command line or of [run] tasks): geometry, sizes that the flow
/// can take, files that must be named; and check_physics where the background needs no file. Throws UserError with every rule
/// that is broken. Reads nothing.
void check_parameters(const RunConfig& config, const std::vector<std::string>& tasks);

/// Whether the tasks work on [problem] kind: refine on problems whose answer is known, the others on waves. Throws UserError.
void require_tasks_of_problem(const std::vector<std::string>& tasks, const RunConfig& config);

/// Stability of the time step and sampling of the shortest wavelength in this background. Throws UserError.
void check_physics(const RunConfig& config, const BackgroundModel& background);

/// Whether the waveform inversion of [invert] can start from this background: bounds, bands, data, time step. Throws
/// UserError with every rule that is broken. Does nothing for method = lsqr.
void check_inversion(const RunConfig& config, const BackgroundModel& background);

}  // namespace bornflow
