#pragma once

#include <vector>

#include "solvers/survey/acquisition.hpp"

namespace bornflow {

/// Ricker wavelet q(t) = (1 - 2 r^2) exp(-r^2), r = pi f0 (t - 1/f0), at t = i dt, i = 0 .. n_samples - 1.
///
/// peak_frequency f0 [Hz], dt [s]; amplitude 1 at the peak, which comes at t = 1/f0.
std::vector<double> ricker_wavelet(double peak_frequency, double dt, int n_samples);

/// The wavelet that the sources of a survey fire, at t = i dt: its Ricker, low-passed if it says so.
std::vector<double> source_wavelet(const Acquisition& acquisition, double dt, int n_samples);

}  // namespace bornflow
