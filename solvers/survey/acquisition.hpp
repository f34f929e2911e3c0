#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/grid/grid.hpp"

namespace bornflow {

/// A survey: every shot fires one source, or several together, and is recorded by the same receivers, or with `spreads` by its
/// own ones: they move with the source, or some are dead.
///
/// All shots have as many traces. In `spreads` one that was not recorded has an absent receiver: it is zero in all data, and
/// adjoints do not read it.
///
/// With `encodings` shot i is a simultaneous shot: it fires every source j at once with the amplitude encodings[i][j].
///
/// Sample j of a trace is the field at t = j sample_interval, j = 0 .. n_samples - 1; the wavelet of every source is a
/// Ricker of `peak_frequency` (wavelet.hpp), after the low-pass of the corner `low_pass` if there is one (low_pass.hpp).
struct Acquisition {
  std::vector<Point> sources;
  std::vector<Point> receivers;   // of every shot, where there are no spreads
  double peak_frequency = 0;    // [Hz]
  double sample_interval = 0;   // [s]
  int n_samples = 0;
  std::vector<std::vector<double>> encodings = {};   // [shot][source]; empty: shot i is source i alone
  std::vector<std::vector<Point>> spreads = {};      // [shot][receiver]; empty: all shots have `receivers`
  double low_pass = 0;          // corner of the filter that the wavelet has gone through [Hz]; 0: none

  int n_shots() const { return static_cast<int>(encodings.empty() ? sources.size() : encodings.size()); }
  int n_receivers() const { return static_cast<int>(spread(0).size()); }
  /// The receivers of a shot.
  const std::vector<Point>& spread(int shot) const { return spreads.empty() ? receivers : spreads[static_cast<std::size_t>(shot)]; }
  /// Pairs of a source and a receiver that records it: what images are divided by. A simultaneous shot has many in a trace.
  std::int64_t n_pairs() const;
  /// Traces of all shots without those that were not recorded.
  std::int64_t n_recorded_traces() const;
};

/// The position of a receiver that records nothing.
Point absent_receiver();
bool is_absent(const Point& receiver);

/// `count` points at equal distances from `first` to `last`, both included; one point lies at `first`.
std::vector<Point> equispaced_points(int count, const Point& first, const Point& last);

/// `count` points at the depth `z` [m] from `x_first` to `x_last` [m].
std::vector<Point> equispaced_line(int count, double x_first, double x_last, double z, double y = 0);

/// Throws UserError when a source or receiver lies outside `grid` (naming it, its index and the extent), when the
/// frequency, the sample interval or a count is not positive, when `low_pass` is negative, when an encoding has not one
/// amplitude for each source, or when spreads differ in size, go with encodings, or leave a shot without a receiver.
void require_valid(const Acquisition& acquisition, const Grid& grid);

}  // namespace bornflow
