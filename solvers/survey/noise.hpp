#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bornflow {

/// Gaussian data noise: a function of (seed, sample, shot) only, so that any rank can make the noise of any shot.
struct NoiseModel {
  std::string band = "ricker";    ///< "white", or "ricker": white noise convolved with the wavelet, trace by trace
  double sigma = 0;               ///< standard deviation in the unit of the traces
  double peak_frequency = 20;     ///< of the wavelet that colours the noise [Hz]
  double sample_interval = 0.002; ///< [s]

  /// Noise of one shot, (n_receivers, n_samples). Coloured noise is scaled by the wavelet's norm, so that its standard
  /// deviation is sigma away from the ends of a trace; it never wraps from one trace into the next.
  std::vector<float> draw(std::uint64_t seed, std::int64_t sample, int shot, int n_receivers, int n_samples) const;
};

/// The q quantile of |values|, q in [0, 1]; 0 for an empty array.
double absolute_quantile(std::vector<float> values, double q);

}  // namespace bornflow
