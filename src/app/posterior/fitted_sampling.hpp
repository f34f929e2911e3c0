#pragma once

#include <functional>
#include <string>

#include "flows/posterior/posterior_map.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// What a fit of the sampling to held-out pairs has found.
struct FittedSampling {
  SamplingCalibration calibration;
  std::string shortcoming;   ///< why the flow is not calibrated by it; empty where it is
};

/// What `fit` gives for the flow of this run folder: from calibration.h5, where that holds it for this very flow.h5, else fitted
/// now and written there, so that the tasks that sample share one fit. Collective; `fit` is, too.
FittedSampling fit_sampling_once(const RunContext& run, const std::function<FittedSampling()>& fit);

}  // namespace bornflow
