#pragma once

#include <vector>

#include "solvers/acoustic/cpml/cpml_slabs.hpp"

namespace bornflow {

/// The numbers a and b of a CPML (cpml_layer.hpp) along one axis, from the edge of the grid inwards.
///
/// a = exp(-(sigma + alpha) dt), b = sigma / (sigma + alpha) (a - 1). sigma [1/s] grows with the square of the depth in the
/// points with memory, to a loss of cpml_attenuation_db at `velocity`; alpha [1/s] falls from pi f / 2 to zero. Half the
/// usual pi f: measured 4 to 15 dB better from 10 to 20 points, at 6 to 24 points per wavelength and at grazing incidence.
struct CpmlProfile {
  std::vector<double> decay, gain;   // a, b
};
struct CpmlProfileInput {
  int width = 0, radius = 0;   ///< points of the layer, and those innermost ones that have no memory
  double spacing = 0;          ///< [m]
  double velocity = 0;         ///< the greatest of the face [m/s]
  double frequency = 0;        ///< peak frequency of the source [Hz]; 0: no alpha
  double dt = 0;               ///< [s]
};
CpmlProfile cpml_profile(const CpmlProfileInput& input);

/// What a wave that crosses `active` points of memory straight and comes back has lost. Measured best near 100 dB for 6
/// points, 120 for 10 and 140 to 160 for more: a stronger layer reflects more where it sets in.
inline double cpml_attenuation_db(int active) { return active < 20 ? 80 + 4.0 * active : 160; }

/// Weights of the first and the second derivative along one axis [1/km, 1/km^2], of distance 0 .. radius.
template <class T>
struct CpmlWeights {
  T first[9], second[9];
};

/// What the steps of a CPML along one axis read and do not change.
template <class T>
struct CpmlCoefficients {
  CpmlSlabs slabs;
  CpmlWeights<T> weights;
  std::int64_t profile_stride = 0;   // elements from one slab to the next
  DeviceArray<T> decay, gain;        // [slab][place along the axis], padded
};

/// `velocity` [m/s] is on the global grid, (z, y, x). Each face takes its own greatest velocity: an inversion, which keeps
/// the rim of the model, then keeps the layer.
template <class T>
CpmlCoefficients<T> make_cpml_coefficients(const PaddedLayout& layout, const Grid& grid, Axis axis,
                                           const PropagatorOptions& options, double dt, const std::vector<float>& velocity);

}  // namespace bornflow
