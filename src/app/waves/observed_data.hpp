#pragma once

#include <cstdint>
#include <vector>

#include "src/app/run_context.hpp"
#include "src/app/waves/experiment.hpp"

namespace bornflow {

/// The shot records that are imaged, as observed.h5 holds them.
struct ObservedData {
  std::vector<float> traces;   ///< this rank's shots, (n_shots, n_receivers, n_samples)
  std::vector<float> truth;    ///< (nz, nx) [s2/km2]; empty where unknown
};

/// Writes all ranks' shots. Collective on the world.
void write_observed(const RunContext& run, const Experiment& experiment, const ObservedData& data);

/// Reads these shots of the run's observed.h5, as recorded. Throws DataError when it does not fit the survey.
ObservedData read_records(const RunContext& run, const Acquisition& acquisition, WorkRange shots);

/// What linear methods image: this rank's shots without the waves of the background, which full data ([observed] physics)
/// still hold. That costs a forward solve a shot.
ObservedData read_observed(const RunContext& run, Experiment& experiment);

}  // namespace bornflow
