#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

/// Does the stated uncertainty match the errors that are made? Coverage of credible intervals, the uncertainty
/// calibration error (UCE) and the normalised residual.
///
/// A mask has one entry a pixel; 0 leaves the pixel out. Water rows must be left out: their posterior is a point.
namespace bornflow {

/// 1 below the water rows, 0 in them.
std::vector<std::uint8_t> below_water(int nz, int nx, int water_rows);

/// Value at `position` of the order statistics 1 ... n of sorted values, linear in between.
double order_statistic(const std::vector<float>& sorted, double position);

/// Counts how often the truth lies inside the central credible intervals of the samples, ends included.
///
/// The ends of the interval c are the quantiles (1 -+ c) / 2 at position (n + 1) p of the order statistics (type 6):
/// the k-th of n draws has on average k / (n + 1) of the probability below it, so an exact posterior covers exactly c for
/// any n, where the usual type 7 would cover c (n - 1) / (n + 1). Levels that n draws cannot reach, c > (n - 1) / (n + 1),
/// are left out.
class CoverageCounter {
public:
  /// UserError when `n_samples` reaches none of the levels.
  explicit CoverageCounter(std::int64_t n_samples, const std::vector<double>& levels = {0.5, 0.8, 0.9, 0.95});

  /// Samples (n_samples, size) of the posterior for one data set, and the truth behind it.
  void add(const float* samples, const std::vector<float>& truth, const std::vector<std::uint8_t>& mask);
  /// Joins the counts of all ranks. Collective on `comm`; call once, at the end.
  void sum_over(const Communicator& comm);

  const std::vector<double>& nominal() const { return nominal_; }
  std::vector<double> empirical() const;  ///< fraction of the counted pixels inside; needs at least one
  std::int64_t count() const { return count_; }

private:
  std::int64_t n_samples_;
  std::vector<double> nominal_;
  std::vector<std::int64_t> inside_;
  std::int64_t count_ = 0;
};

/// Predicted standard deviation and actual error of many pixels, of one or more images.
struct PixelErrors {
  std::vector<float> predicted_std, error;
  void add(const std::vector<float>& mean, const std::vector<float>& standard_deviation, const std::vector<float>& truth,
           const std::vector<std::uint8_t>& mask);
};

enum class Binning {
  equal_count,  ///< by rank of the predicted deviation; ties in the order given
  equal_width   ///< equal ranges of the predicted deviation; empty bins are left out
};

/// Root mean predicted variance and root mean square error of each bin, in ascending order, and
///   UCE = sum_b N_b / N |RMSE_b - RMV_b|,
/// the variant of the standard deviation (Laves et al. 2020), in the unit of the images.
struct UncertaintyCalibration {
  std::vector<double> predicted_std, rms_error;
  std::vector<std::int64_t> count;
  double uce = 0;
};
UncertaintyCalibration uncertainty_calibration(const PixelErrors& pixels, int n_bins = 20,
                                               Binning binning = Binning::equal_count);

/// (mean - truth) / standard deviation: standard normal for a calibrated Gaussian posterior. 0 where the error is 0;
/// infinite where an error was made with no uncertainty at all.
std::vector<float> normalised_residual(const std::vector<float>& mean, const std::vector<float>& standard_deviation,
                                       const std::vector<float>& truth);

}  // namespace bornflow
