#pragma once

#include "solvers/inversion/waveform_inversion.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// Options of the waveform inversion from [invert].
InversionOptions make_inversion_options(const RunConfig& config);

/// The task `invert` with [invert] method = fwi or gauss_newton: from the background model to the observed data, and into
/// inverted.h5. Goes on from a checkpoint. Collective on the world.
TaskResult run_waveform_inversion(const RunContext& run);

}  // namespace bornflow
