#pragma once

#include "bornflow/inference/priors/prior.hpp"

/// Synthetic reflectivity of folded, faulted layers, in the manner of a Parihaka section.
///
/// Lengths are rows or columns and do not scale with the image: a taller image shows more rock of the same kind.
namespace bornflow {

/// The numbers of the generator; the defaults are those of the shallow mode.
struct ReflectivityStatistics {
  int min_interfaces = 10;
  int max_interfaces = 18;
  double min_gap = 3;                    ///< between interfaces [rows]
  int fold_harmonics = 3;
  double fold_amplitude = 1.5;           ///< std of the amplitude of harmonic j is fold_amplitude / j [rows]
  double fault_probability = 0.4;
  double max_throw = 4;                  ///< throw ~ U(-max_throw, max_throw) [rows]
  double min_dip = 60;                   ///< [degrees], with rows and columns counted as equally long
  double max_dip = 80;                   ///< [degrees]
  double impedance_correlation = 0.5;    ///< of neighbouring layers: AR(1)
  double blur = 0.8;                     ///< std of the vertical Gaussian [rows]
  double modulation = 0.2;               ///< amplitude factor 1 + modulation * field
  double modulation_correlation = 12;    ///< length l of the field's covariance exp(-r^2 / (2 l^2)) [pixels]
  double standard_deviation = 1;         ///< of the image below the water
};

/// Statistics of "shallow" (thin, gently folded layers) or "deep" (fewer, thicker, folded and faulted more strongly,
/// weaker). UserError for another name.
ReflectivityStatistics reflectivity_statistics(const std::string& mode);

struct ReflectivityOptions {
  int nz = 64;                   ///< at least water_rows + 8
  int nx = 64;                   ///< at least 2
  int water_rows = 4;
  std::string mode = "shallow";
  std::uint64_t seed = 1;
};

class ReflectivityPrior : public Prior {
public:
  /// UserError for sizes or a mode that cannot be.
  explicit ReflectivityPrior(const ReflectivityOptions& options);
  ReflectivityPrior(const ReflectivityOptions& options, const ReflectivityStatistics& statistics);

  /// Zero mean and the stated standard deviation over the pixels below the water rows.
  std::vector<float> draw(std::int64_t index) const override;
  std::string description() const override;

private:
  ReflectivityOptions options_;
  ReflectivityStatistics statistics_;
};

}  // namespace bornflow
