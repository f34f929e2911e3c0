#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/inference/posterior_calibration.hpp"
#include "bornflow/inference/simulation_based_calibration.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// Accuracy of one kind of image, one entry for each test image.
struct Scores {
  std::vector<double> snr, ssim, rmse;   ///< [dB], -, [s2/km2]
};

/// What `diagnose` finds out: of this rank's share of the test images, and after gather() of all.
struct Diagnostics {
  Diagnostics(int nz, int nx, int water_rows, int n_samples, std::uint64_t seed)
      : statistics(nz, nx, water_rows), coverage(n_samples), calibration(statistics.count(), n_samples, seed) {}

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
  std::vector<Example> examples;
};

/// Number of LSQR iterations (from 1) with the best mean SNR; 0 without a baseline.
int best_iteration(const std::vector<Scores>& lsrtm);

/// Writes diagnostics.h5. Collective.
void write_diagnostics(const RunContext& run, const Diagnostics& results, const SamplingCalibration& calibration);

/// Logs the table of results.
void report_diagnostics(const RunContext& run, const Diagnostics& results);

}  // namespace bornflow
