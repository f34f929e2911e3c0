#pragma once

#include <vector>

namespace bornflow {

/// The weights that stand for a point between grid points along one axis.
struct AxisWeights {
  int first = 0;                 ///< index of the grid point of weights[0]; may lie outside the grid
  std::vector<double> weights;
};

/// Kaiser-windowed sinc weights of a point at `position`, in grid points from the grid's first point.
///
/// Hicks, Geophysics 67 (2002) 156: sinc(d) I0(b sqrt(1 - (d/4)^2)) / I0(b), half-width 4, b = 6.31, d the distance in
/// points. A point on the grid (to 1e-9 of a cell) gets the single weight 1. The same weights inject and record, so
/// that the two are transposes.
AxisWeights sinc_weights(double position);

}  // namespace bornflow
