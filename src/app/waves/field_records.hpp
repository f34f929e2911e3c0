#pragma once

#include <vector>

#include "bornflow/parallel/work.hpp"
#include "solvers/survey/acquisition.hpp"
#include "src/app/parameters/run_config.hpp"

/// The records of [observed] file, from outside.
namespace bornflow {

/// Checks that they are of this survey: the shape, and where the file tells them, the attribute sample_interval of the dataset or
/// the root, and /sources and /receivers in m, of all shots (n, 3) or of each (shots, n, 3). DataError, UserError. Reads no traces.
void require_field_records(const RunConfig& config, const Acquisition& acquisition);

/// These shots. DataError as read_traces.
std::vector<float> read_field_records(const RunConfig& config, const Acquisition& acquisition, WorkRange shots);

}  // namespace bornflow
