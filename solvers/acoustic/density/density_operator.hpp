#pragma once

#include <cstdint>

#include "solvers/acoustic/padded_layout.hpp"

namespace bornflow {

/// Weights of the staggered first derivative [1/km]; y is zero in 2-D.
template <class T>
struct StaggeredStencil {
  T x[9], y[9], z[9];                     // of distance 1/2 .. radius - 1/2; [0] is unused
};

/// What takes the place of the Laplacian where the density varies: rho div((1 / rho) grad u) [1/km^2], so that
///
///   m u_tt + eta u_t - rho div((1 / rho) grad u) = rho q
///
/// and all of leapfrog.hpp stays: its coefficients, its layer, its accelerations, its scattering source -dm u_tt. What is
/// symmetric is the equation over rho: sources are multiplied by rho (PointOperator), images by 1 / rho (Propagator).
///
/// Discrete: -rho sum over the axes of D^T b D, D the staggered first difference of order 2 radius and b = 1 / rho at half
/// points (FluxPass). It reaches 2 radius - 1 points along each axis, which is the layout's rim. The fluxes b D u and the
/// result are kept in memory, for as many fields as a step has: the kernels of the leapfrog then read the result instead of
/// a stencil. Virieux, Geophysics 49 (1984) 1933, for the grid; Moczo, Kristek, Vavrycuk, Archuleta and Halada, Bulletin of
/// the Seismological Society of America 92 (2002) 3042, for the mean of densities at half points.
template <class T>
class DensityOperator {
public:
  /// options.density must be valid (density.hpp).
  DensityOperator(const Subdomain& subdomain, const PropagatorOptions& options, const PaddedLayout& layout);

  /// rho [g/cm^3] of each padded point and its rim, continued into the layer, mirrored above a free surface.
  const DeviceArray<T>& density() const { return density_; }

  /// applied() <- the operator on the fields [batch], at the points of `box`; a point gets the same bits in whichever box.
  void apply(const IndexBox& box, const DeviceArray<T>& fields, int batch);
  /// [batch] fields; what the last applications wrote.
  const T* applied() const { return applied_.data(); }

  /// Memory for the acceleration of one step, laid out as an image; what a Born step without a store needs.
  T* acceleration();

  /// Memory of apply for a batch [bytes].
  static std::size_t working_bytes(const PaddedLayout& layout, int batch) {
    return sizeof(T) * layout.field_size * batch * (layout.is_3d() ? 4 : 3);
  }

private:
  void reserve(int batch);

  PaddedLayout layout_;
  StaggeredStencil<T> weights_;
  DeviceArray<T> density_;
  int batch_ = 0;                                       // that the arrays below are for
  DeviceArray<T> flux_x_, flux_y_, flux_z_, applied_;   // made at first use
  DeviceArray<T> acceleration_;
};

}  // namespace bornflow
