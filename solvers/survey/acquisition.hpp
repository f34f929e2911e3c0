#pragma once

#include <vector>

#include "bornflow/grid/grid.hpp"

namespace bornflow {

/// A fixed-spread survey: every shot fires one source, or several together, and is recorded by all receivers.
///
/// With `encodings` shot i is a simultaneous shot: it fires every source j at once with the amplitude encodings[i][j].
///
/// Sample j of a trace is the field at t = j sample_interval, j = 0 .. n_samples - 1; the wavelet of every source is a
/// Ricker of `peak_frequency` (wavelet.hpp), after the low-pass of the corner `low_pass` if there is one (low_pass.hpp).
struct Acquisition {
  std::vector<Point> sources;
  std::vector<Point> receivers;
  double peak_frequency = 0;    // [Hz]
  double sample_interval = 0;   // [s]
  int n_samples = 0;
  std::vector<std::vector<double>> encodings = {};   // [shot][source]; empty: shot i is source i alone
  double low_pass = 0;          // corner of the filter that the wavelet has gone through [Hz]; 0: none

  int n_shots() const { return static_cast<int>(encodings.empty() ? sources.size() : encodings.size()); }
  int n_receivers() const { return static_cast<int>(receivers.size()); }
};

/// `count` points at equal distances from `first` to `last`, both included; one point lies at `first`.
std::vector<Point> equispaced_points(int count, const Point& first, const Point& last);

/// `count` points at the depth `z` [m] from `x_first` to `x_last` [m].
std::vector<Point> equispaced_line(int count, double x_first, double x_last, double z, double y = 0);

/// Throws UserError when a source or receiver lies outside `grid` (naming it, its index and the extent), when the
/// frequency, the sample interval or a count is not positive, when `low_pass` is negative, or when an encoding has not
/// one amplitude for each source.
void require_valid(const Acquisition& acquisition, const Grid& grid);

}  // namespace bornflow
