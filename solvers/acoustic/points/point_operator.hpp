#pragma once

#include <vector>

#include "solvers/acoustic/half.hpp"
#include "solvers/acoustic/medium.hpp"
#include "solvers/acoustic/points/recording_plan.hpp"

namespace bornflow {

/// The weights by cell: cell c is touched by point[k] with weight[k], begin[c] <= k < begin[c + 1].
template <class T>
struct CellTable {
  DeviceArray<std::int64_t> begin;
  DeviceArray<std::int64_t> element;   // in a field
  DeviceArray<std::int64_t> image;     // in an image, or -1 in the layer
  DeviceArray<T> scale;                // (v dt)^2 (1 - p) [km^2], p of damping_number
  DeviceArray<int> point;
  DeviceArray<T> weight;
};

/// Sources and receivers at points off the grid: injection q = S w and recording P u, exact transposes of each other.
///
/// One table of Kaiser-windowed sinc weights (survey/point_weights.hpp) serves both. It is kept twice: by point, to
/// record; and by cell, to inject without write conflicts and in a fixed order on any device. Weights that fall outside
/// the global padded grid are dropped, as the field is zero there.
///
/// A rank injects into its own cells. It records the points that lie in its part, and of points whose cells lie in
/// several parts the values of its own cells; assemble sums those, after the time loop, in the order in which one rank
/// would have. So recordings have the same bits for any cut of the grid.
///
/// Amplitudes of one step are [batch][point], recordings [batch][value]. The source enters the equation as q (no division by the
/// cell size), so a step adds q (v dt)^2 (1 - p), with a variable density rho times that.
template <class T>
class PointOperator {
public:
  PointOperator(const Subdomain& subdomain, const Medium<T>& medium, const std::vector<Point>& points);
  /// The points together as a single one: `amplitudes` [point] multiply their weights.
  PointOperator(const Subdomain& subdomain, const Medium<T>& medium, const std::vector<Point>& points,
                const std::vector<double>& amplitudes);

  int n_points() const { return n_points_; }
  int n_values() const { return plan_.n_values(); }   ///< that this rank records of one field in one step

  /// Adds the source of one step to the `batch` fields at `next`.
  void inject(const T* amplitudes, T* next, int batch) const;
  /// Adds the source to one field and to its acceleration in the physical grid.
  void inject_storing(const T* amplitudes, T* next, T* acceleration) const;
  /// The same with the acceleration kept as scale a, in 16 bits.
  void inject_storing_half(const T* amplitudes, T* next, HalfBits* acceleration, T scale) const;
  /// Adds the source to one background field, and what its acceleration scatters to the `batch` fields at
  /// `scattered_next`; completes leapfrog_born.
  void inject_born(const T* amplitudes, T* next, T* scattered_next, const T* perturbation, int batch) const;

  /// values[batch][value]: this rank's share of P field.
  void record(const T* fields, T* values, int batch) const;
  /// P field of all steps, [step][batch][point] on the host of every rank, from the recordings [step][batch][value] of all
  /// ranks. Collective on the domain.
  std::vector<T> assemble(const DeviceArray<T>& recordings, int n_steps, int batch) const {
    return plan_.assemble(recordings, n_steps, batch);
  }

private:
  int n_points_;
  std::int64_t field_size_, image_size_;
  RecordingPlan<T> plan_;
  CellTable<T> cells_;
};

}  // namespace bornflow
