#pragma once

#include <vector>

#include "solvers/acoustic/padded_layout.hpp"
#include "solvers/acoustic/time_axis.hpp"

namespace bornflow {

/// Weights of the discrete Laplacian [1/km^2]; y is zero in 2-D.
template <class T>
struct Stencil {
  T centre;                               // all axes together
  T x[9], y[9], z[9];                     // of distance 1 .. radius; [0] is unused
};

/// Everything the leapfrog reads and does not change: m u_tt + eta u_t - lap u = q on the padded grid.
///
/// Units inside: lengths km, times s, m = 1/v^2 [s^2/km^2], eta [s/km^2]. The layer's damping is a sum of 1-D profiles,
/// eta = eta_x(x) + eta_y(y) + eta_z(z), and is never stored as a field.
template <class T>
struct Medium {
  PaddedLayout layout;
  Stencil<T> stencil;
  double dt = 0;                                          // [s]
  DeviceArray<T> courant;                                 // dt^2 / m [km^2], padded grid, edges extended into the layer
  DeviceArray<T> damping_x, damping_y, damping_z;         // eta / (2 dt) [1/km^2], one value per padded point

  /// velocity [m/s] on the physical grid, (z, y, x). UserError where it is not positive and finite.
  Medium(const Subdomain& subdomain, const PropagatorOptions& options, double dt, const std::vector<float>& velocity);
};

/// Least and greatest velocity [m/s]; UserError names the first point where it is not positive and finite, or a wrong size.
struct VelocityRange {
  double min = 0, max = 0;
};
VelocityRange require_valid_velocity(const Grid& grid, const std::vector<float>& velocity);

/// The damping eta [s/km^2] of the layer along one axis of `n` padded points with spacing h [m]:
/// d0 (p - sin(2 pi p) / (2 pi)) / h, d0 = 1.5 ln(1000) / layer, p the depth in the layer, 1 at its outermost point.
/// This is the profile of Devito and JUDI; it suits media of a few km/s.
std::vector<double> layer_damping(int n, int layer, double h);

}  // namespace bornflow
