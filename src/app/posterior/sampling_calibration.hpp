#pragma once

#include "bornflow/io/hdf5_file.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "flows/training/flow_file.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// How samples are drawn from the flow: as trained, with the latent draws of [posterior] temperature; or, where that is 0,
/// with what held-out pairs say is missing (held_out_calibration.hpp): the temperature with which the central 80 % intervals
/// of the validation pairs hold 80 % of their true pixels, and the gain with which their samples have the amplitude of the
/// truth across the summary, with an error as large as it is.
///
/// The validation pairs took no part in the gradients of the flow, and the test pairs take none in this fit, so that
/// coverage and SBC over the test pairs stay honest checks. Fitted once for a flow (fitted_sampling.hpp). Collective.
SamplingCalibration calibrate_sampling(const RunContext& run, LoadedFlow& flow);

/// Its numbers as attributes of a product. Collective where the file is.
void write_calibration(Hdf5File& file, const SamplingCalibration& calibration);
SamplingCalibration read_calibration(const Hdf5File& file);

}  // namespace bornflow
