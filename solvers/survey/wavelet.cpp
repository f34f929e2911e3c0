#include "solvers/survey/wavelet.hpp"

#include <cmath>

#include "solvers/survey/low_pass.hpp"

namespace bornflow {

std::vector<double> ricker_wavelet(double peak_frequency, double dt, int n_samples) {
  const double pi = 3.14159265358979323846;
  std::vector<double> wavelet(static_cast<std::size_t>(n_samples));
  for (int i = 0; i < n_samples; ++i) {
    const double r = pi * peak_frequency * (i * dt - 1.0 / peak_frequency);
    wavelet[static_cast<std::size_t>(i)] = (1.0 - 2.0 * r * r) * std::exp(-r * r);
  }
  return wavelet;
}

std::vector<double> source_wavelet(const Acquisition& acquisition, double dt, int n_samples) {
  std::vector<double> wavelet = ricker_wavelet(acquisition.peak_frequency, dt, n_samples);
  if (acquisition.low_pass > 0) low_pass(acquisition.low_pass, dt, 1, wavelet.size(), wavelet.data());
  return wavelet;
}

}  // namespace bornflow
