#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "src/app/parameters/flow_sections.hpp"

/// What the tasks on the posterior of the observed data share.
namespace bornflow {

/// Latent stream of the observed data; those of the pairs are their rows in pairs.h5.
constexpr std::int64_t observed_data_set = std::int64_t{1} << 32;

/// Mean, standard deviation, quantiles and the first samples, in a group of a product ("" for its root).
inline void write_posterior(Hdf5File& file, const std::string& group, const std::vector<std::int64_t>& shape,
                            const std::vector<float>& samples, const PosteriorStatistics& statistics,
                            const PosteriorSection& section) {
  file.write(group + "/mean", shape, statistics.mean.data());
  file.write(group + "/std", shape, statistics.standard_deviation.data());
  file.write(group + "/quantile_05", shape, statistics.quantile_05.data());
  file.write(group + "/quantile_25", shape, statistics.quantile_25.data());
  file.write(group + "/median", shape, statistics.median.data());
  file.write(group + "/quantile_75", shape, statistics.quantile_75.data());
  file.write(group + "/quantile_95", shape, statistics.quantile_95.data());
  file.write(group + "/samples", {std::min(section.keep, section.samples), shape[0], shape[1]}, samples.data());
  for (const char* name : {"/mean", "/std", "/quantile_05", "/quantile_25", "/median", "/quantile_75", "/quantile_95", "/samples"})
    file.write_attribute(group + name, "units", "s2/km2");
}

}  // namespace bornflow
