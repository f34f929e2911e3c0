#pragma once

#include <string>
#include <vector>

#include "bornflow/inference/diagnostics/diagnostic_report.hpp"
#include "bornflow/inference/diagnostics/summary_novelty.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "src/app/posterior/diagnostics.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// What the test pairs are compared with, from the first training pairs (at most 1000): every rank finds the same.
struct TrainingReference {
  std::vector<float> prior_variance;   ///< of each pixel
  double summary_scale = 1;            ///< gives a summary the energy of an image
  SummaryNovelty novelty;
};
TrainingReference read_training_reference(const RunContext& run, const std::string& pairs_path);

/// The tolerances of [diagnose].
DiagnosticThresholds diagnostic_thresholds(const RunConfig& config);

/// Logs the table, one line a check.
void report_checks(const RunContext& run, const DiagnosticReport& report);

/// Groups /checks, /ecdf_band, /tarp, /z_score, /latent, /predictive and /novelty. Collective where the file is.
void write_checks(Hdf5File& file, const Diagnostics& results, const DiagnosticReport& report);

/// With [diagnose] enforce: throws NumericalError when a check of diagnostics.h5 failed.
void enforce_checks(const RunContext& run);

}  // namespace bornflow
