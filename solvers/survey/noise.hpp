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

  /// Standard deviation of white noise that tells as much of a signal with the spectrum of this noise. With autocorrelation
  /// r_k, r_0 = 1, it is sigma (sum_k r_k^2)^(1/2): what of sigma^2 lies at the signal's frequencies, spread over all. White
  /// noise of sigma in its place would count each sample as new, where a wavelet spans many.
  double white_equivalent() const;
};

/// The q quantile of |values|, q in [0, 1]; 0 for an empty array.
double absolute_quantile(std::vector<float> values, double q);

}  // namespace bornflow
