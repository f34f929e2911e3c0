#pragma once

#include "flows/training/flow_file.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// The standard deviation of the latent draws: [posterior] temperature, or, where that is 0, the one with which the central
/// 80 % intervals of the validation pairs hold 80 % of their true pixels.
///
/// A flow trained on few images is a little too sure of itself. The validation pairs took no part in its gradients, and
/// the test pairs take none in this fit, so coverage over the test pairs stays an honest check. Collective.
double sampling_temperature(const RunContext& run, LoadedFlow& flow);

}  // namespace bornflow
