#pragma once

#include <vector>

#include "src/app/experiment.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// The shot records that are imaged, as observed.h5 holds them.
struct ObservedData {
  std::vector<float> traces;   ///< this rank's shots, (n_shots, n_receivers, n_samples)
  std::vector<float> truth;    ///< (nz, nx) [s2/km2]; empty where unknown
};

/// Writes all ranks' shots. Collective on the world.
void write_observed(const RunContext& run, const Experiment& experiment, const ObservedData& data);

/// Reads this rank's shots of the run's observed.h5. Throws DataError when it does not fit the experiment.
ObservedData read_observed(const RunContext& run, const Experiment& experiment);

}  // namespace bornflow
