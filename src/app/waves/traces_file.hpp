#pragma once

#include <string>
#include <vector>

#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/work.hpp"
#include "solvers/survey/acquisition.hpp"

namespace bornflow {

/// "(8, 32, 401)".
std::string text_of(const std::vector<std::int64_t>& shape);

/// DataError unless the dataset is (shots, receivers, samples) of the survey.
void require_traces(const Hdf5File& file, const std::string& path, const std::string& dataset, const Acquisition& acquisition);

/// These shots of the dataset. Traces that the survey does not have are zero, whatever the file holds. DataError where it does not
/// fit the survey, or where a value is not finite: `cure` ends its message.
std::vector<float> read_traces(const Hdf5File& file, const std::string& path, const std::string& dataset,
                               const Acquisition& acquisition, WorkRange shots, const std::string& cure);

}  // namespace bornflow
