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

/// These shots of [observed] file, and checks that they are of this survey: the shape, and where the file tells them, the attribute
/// sample_interval of the dataset or the root, and /sources and /receivers in m, of all shots (n, 3) or of each (shots, n, 3). Traces that
/// the survey does not have are zero, whatever the file holds. DataError, UserError.
std::vector<float> read_field_records(const RunContext& run, const Acquisition& acquisition, WorkRange shots);

/// What linear methods image: this rank's shots without the waves of the background, which full data ([observed] physics)
/// still hold. That costs a forward solve a shot.
ObservedData read_observed(const RunContext& run, Experiment& experiment);

}  // namespace bornflow
