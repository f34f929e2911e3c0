#pragma once

#include <vector>

#include "bornflow/grid/grid.hpp"

namespace bornflow {

/// S, Gaussian smoothing as a symmetric matrix with row sums of one.
///
/// Along each axis the field is continued beyond its ends as in a mirror that stands half a cell outside, and convolved
/// with a Gaussian of standard deviation `length` [m], cut at three of them. Mirroring keeps the matrix symmetric where
/// weights that are scaled at the ends (smooth of model_input.hpp) do not, and keeps constants constant; so S is its own
/// transpose in a change of variables, and S s lies within the bounds of s.
class SymmetricSmoother {
public:
  /// length 0: S = 1.
  SymmetricSmoother(const Grid& grid, double length);

  void apply(std::vector<double>& values) const;

  /// result[i] = the largest of values[j] over the points j that S takes into point i, a box.
  std::vector<double> largest_around(std::vector<double> values) const;

private:
  struct Axis {
    int n;
    std::size_t stride;
    int reach;                     // points on each side
    std::vector<double> weights;   // row by row, 2 reach + 1 each; empty: the axis is left alone
  };
  template <class LineWork>
  void along(const Axis& axis, std::vector<double>& values, const LineWork& work) const;

  std::vector<Axis> axes_;
};

}  // namespace bornflow
