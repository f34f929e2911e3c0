#pragma once

#include <memory>
#include <vector>

#include "solvers/acoustic/cpml/cpml_coefficients.hpp"
#include "solvers/acoustic/density/density_operator.hpp"
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
/// Units inside: lengths km, times s, m = 1/v^2 [s^2/km^2], eta [s/km^2]. The layer's damping is never stored as a field:
/// eta = (sigma_x(x) + sigma_y(y) + sigma_z(z)) / v with 1-D profiles sigma [1/km], so that waves of any speed lose the
/// same part of their amplitude per km. Where the layer is a CPML the damping is zero. With a density that varies another
/// operator is in the place of lap, and all else is the same.
template <class T>
struct Medium {
  PaddedLayout layout;
  Stencil<T> stencil;
  double dt = 0;                                          // [s]
  Top top = Top::absorbing;
  DeviceArray<T> travel;                                  // v dt [km], padded grid, edges extended into the layer
  DeviceArray<T> damping_x, damping_y, damping_z;         // see damping_number [1/km]; of each padded point, then some zeros
  CpmlCoefficients<T> cpml_x, cpml_y, cpml_z;             // without slabs where the layer is none
  std::shared_ptr<DensityOperator<T>> density;            // null where it is constant; a step works in its memory

  /// velocity [m/s] on the global physical grid, (z, y, x), valid (require_valid_velocity). UserError where
  /// options.density is not positive and finite.
  Medium(const Subdomain& subdomain, const PropagatorOptions& options, double dt, const std::vector<float>& velocity);
};

/// p of a point, from v dt and the sum of the damping over the axes, about sigma / 2; dimensionless, at most 1/2.
///
/// With e = eta dt / (2 m) the leapfrog step is (1 + e) u+ = 2 u - (1 - e) u- + (v dt)^2 (L u + q). In p = e / (1 + e) it
/// needs no division: u+ = u- + (1 - p) (2 (u - u-) + (v dt)^2 (L u + q)). Any p in [0, 1) is a damping e >= 0; so the
/// profiles give p, which is e where they are small.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION T damping_number(T travel, T half_sigma) {
  return travel * half_sigma;
}

/// Least and greatest velocity [m/s]; UserError names the first point where it is not positive and finite, or a wrong size.
struct VelocityRange {
  double min = 0, max = 0;
};
VelocityRange require_valid_velocity(const Grid& grid, const std::vector<float>& velocity);

/// What a wave that crosses the layer straight and comes back has lost: 20 + layer / 2 dB. A stronger damping reflects
/// more where it sets in than it takes from what passes; measured best for 20 and 40 points at 12 points per wavelength.
inline double layer_attenuation_db(int layer) { return 20 + 0.5 * layer; }

/// The damping sigma [1/km] of the layer along one axis of `n` padded points with spacing h [m]: the square of the depth
/// in the layer (it reflects 4 dB less than the profile p - sin(2 pi p) / (2 pi) of Devito and JUDI), in the strength of
/// layer_attenuation_db.
std::vector<double> layer_damping(int n, int layer, double h);

}  // namespace bornflow
