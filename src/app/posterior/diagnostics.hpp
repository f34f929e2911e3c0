#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/inference/diagnostics/diagnostic_report.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_evidence.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// Accuracy of one kind of image, one entry for each test image.
struct Scores {
  std::vector<double> snr, ssim, rmse;   ///< [dB], -, [s2/km2]
};

/// What `diagnose` finds out: of this rank's share of the test images, and after gather() of all.
struct Diagnostics {
  Diagnostics(int nz, int nx, int water_rows, const EvidenceOptions& options)
      : statistics(nz, nx, water_rows), coverage(options.n_draws),
        calibration(statistics.count(), options.n_draws, options.seed), evidence(options) {}

  struct Example {
    std::vector<float> truth, rtm, mean, std, samples;
  };

  /// Joins the shares of all ranks, in the order of the test images. Collective.
  void gather(const Communicator& comm);

  ImageStatistics statistics;
  Scores rtm, posterior_mean;
  std::vector<Scores> lsrtm;             ///< after 1, 2, ... iterations; the same on all ranks from the start
  CoverageCounter coverage;
  PixelErrors pixels;
  SimulationBasedCalibration calibration;
  std::vector<int> ranks;                ///< (n_test, n_statistics), filled by gather()
  PosteriorEvidence evidence;
  std::vector<double> novelty;           ///< p-values of the test summaries
  int novelty_held_out = 0;              ///< scores that they are ranks among
  std::vector<double> residual_ratios;   ///< of the posterior predictive check; the same on all ranks from the start
  std::vector<Example> examples;
};

/// Number of LSQR iterations (from 1) with the best mean SNR; 0 without a baseline.
int best_iteration(const std::vector<Scores>& lsrtm);

/// What the gathered results come to.
struct Findings {
  CalibrationTest sbc;
  UncertaintyCalibration uce;
  DiagnosticReport report;
};
Findings find_out(const Diagnostics& results, const DiagnosticThresholds& thresholds);

/// Writes diagnostics.h5, the checks included. Collective.
void write_diagnostics(const RunContext& run, const Diagnostics& results, const Findings& findings,
                       const SamplingCalibration& calibration);

/// Logs the table of results and that of the checks.
void report_diagnostics(const RunContext& run, const Diagnostics& results, const Findings& findings);

}  // namespace bornflow
