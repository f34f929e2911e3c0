#pragma once

#include <cstddef>
#include <vector>

namespace bornflow {

/// The low-pass of multiscale inversion: convolution with a Gaussian of standard deviation s, delayed by 4 s so that it
/// is causal, and cut at both ends after 4 s. Amplitude response exp(-(2 pi f s)^2 / 2), 1/sqrt(2) at `corner` [Hz]:
///
///   s = sqrt(ln 2) / (2 pi corner);   0.25 at twice, 0.04 at three times the corner;   delay 4 s = 0.53 / corner
///
/// Causal, because the same filter must go over the source wavelet and the data: what a filter without delay puts before
/// t = 0 of the wavelet would be lost. Filtered data are then the data of the filtered wavelet, to the accuracy with which
/// a Gaussian is sampled, at any two sampling intervals up to 0.1 / corner. The price is the last 4 s of each trace.
/// Multiscale: Bunks et al., Geophysics 60 (1995) 1457.
///
/// Filters `count` traces of `n_samples` samples each, which begin at rest, in place. interval [s].
template <class T>
void low_pass(double corner, double interval, std::size_t count, std::size_t n_samples, T* traces);

/// The delay 4 s of the filter [s].
double low_pass_delay(double corner);

}  // namespace bornflow
