#pragma once

#include <cstdint>
#include <vector>

#include "solvers/acoustic/born_operator.hpp"

/// Are the adjoints and derivatives exact, for the set-up at hand? What `bornflow verify` and the tests measure.
namespace bornflow {

/// |<A x, y> - <x, A^T y>| / (|A x| |y|) for random x and y. The scale is not |<A x, y>|: random vectors may be nearly
/// orthogonal. An exact transpose leaves the rounding of a few hundred additions, some 10 eps.
///
/// A: wavelet -> traces of one shot. Throws NumericalError when A x = 0, for then nothing was tested.
template <class T>
double forward_transpose_gap(Propagator<T>& propagator, int shot, std::uint64_t seed);

/// The same for A = J M, images -> traces of one shot, with `batch` images at once.
template <class T>
double born_transpose_gap(BornOperator<T>& born, int shot, int batch, std::uint64_t seed);

/// Where the Taylor series of forward and misfit end, along one smooth direction dm drawn at random. The slopes are
/// d log(remainder) / d log(h) between the two smallest of `steps` steps, each half of the one before.
struct TaylorSlopes {
  double forward = 0;                ///< of |F(m + h dm) - F(m)|: 1
  double forward_less_born = 0;      ///< of |F(m + h dm) - F(m) - h J dm|: 2
  double misfit_less_gradient = 0;   ///< of |f(m + h dm) - f(m) - h <J^T (F(m) - d), dm>|, f = |F(m) - d|^2 / 2: 2
};

/// What a Taylor test needs to make propagators of perturbed models; velocity [m/s] and mute are (z, y, x).
struct TaylorSetup {
  Subdomain subdomain;
  PropagatorOptions options;    ///< its dt must be set and stable for velocities 1 % higher
  Acquisition acquisition;
  std::vector<float> velocity;
  std::vector<float> mute;      ///< of J; empty: ones
  double memory_limit_bytes;    ///< of the background wavefield in double precision
};

/// The steps are small, the largest |dm| / m 1e-3, and the data d those of a model 15 times as far away along a second
/// direction: the first derivative of the misfit is then large beside its second, and a small error of the gradient shows.
TaylorSlopes taylor_slopes(const TaylorSetup& setup, int shot, std::uint64_t seed);

}  // namespace bornflow
