#pragma once

#include <cstdint>
#include <vector>

#include "solvers/acoustic/padded_layout.hpp"

namespace bornflow {

/// A cell that a point touches, in indices of the global padded grid, and its weight.
template <class T>
struct PointCell {
  int x, y, z;
  T weight;
};

/// Who records what of the points, and how the recordings of all ranks become P u with the bits of a single rank.
///
/// A point whose cells lie in one part is recorded there as one value, the weighted sum. Of a point that reaches into
/// several parts each rank records the plain values of its cells; they are weighted and summed after the time loop, in
/// the same order. So no step waits for another rank, at the price of up to 64 (2-D) or 512 (3-D) values for each such
/// point and sample; a point on the grid has one cell and never reaches over.
template <class T>
class RecordingPlan {
public:
  RecordingPlan() = default;
  /// cells[point]: the cells of each point, in the order of summation.
  RecordingPlan(const Subdomain& subdomain, const PaddedLayout& layout,
                const std::vector<std::vector<PointCell<T>>>& cells);

  int n_values() const { return n_values_; }
  /// values[batch][value] of this rank.
  void record(const T* fields, std::int64_t field_size, T* values, int batch) const;
  /// [step][batch][point] on every rank. Collective on the domain.
  std::vector<T> assemble(const DeviceArray<T>& recordings, int n_steps, int batch) const;

private:
  struct Term {
    int rank;
    std::int64_t value;    // among the values of this rank
    T weight;
  };
  Subdomain subdomain_;
  int n_values_ = 0;
  std::vector<int> n_values_of_;                             // by rank
  std::vector<std::vector<Term>> terms_;                     // by point
  DeviceArray<std::int64_t> value_begin_, value_element_;    // by value
  DeviceArray<T> value_weight_;
};

}  // namespace bornflow
