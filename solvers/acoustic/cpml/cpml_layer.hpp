#pragma once

#include "solvers/acoustic/leapfrog/leapfrog.hpp"

/// The convolutional perfectly matched layer, as a correction of each leapfrog step in a layer without damping.
///
/// In the layer the derivative along each axis is divided by s = 1 + sigma / (alpha + d/dt). In time that adds memory
/// variables: with a and b of CpmlProfile, D and D2 the discrete first and second derivative along the axis,
///
///   psi+  = a psi + b D u
///   zeta+ = a zeta + b (D2 u + D psi+)
///   u+   += (dt^2/m) (D psi+ + zeta+)
///
/// for each axis (Komatitsch and Martin, Geophysics 72 (2007) SM155; for the equation of second order Pasalic and McGarry,
/// SEG 2010). The transpose, for the adjoint field v of the symmetric leapfrog, which runs from the last step to the first
/// with memory of its own (D is antisymmetric, D2 symmetric, and b stands inside):
///
///   zeta- = a zeta + b v
///   psi-  = a psi - b D (v + zeta-)
///   v-   += (dt^2/m) (D2 zeta- - D psi-)
///
/// With a density that varies the same correction is right and exactly transposed, over the density (DensityOperator): a layer
/// continues the density of the grid's edge, which along the axis, the only way that D and D2 go, is constant and commutes with
/// them. There the leapfrog has the staggered differences' second derivative and the correction D2; both are of the same order.
///
/// b is zero in the innermost `radius` points of the layer. So no correction reaches the physical grid or reads it: the
/// acceleration there stays that of the leapfrog, and with it J, what stores keep, and the halos.
namespace bornflow {

/// Completes a step of u, whose next level is in u.previous. Does nothing where there is no CPML.
template <class T>
void absorb(const Medium<T>& medium, const Wavefield<T>& u);

/// Completes a step of an adjoint field.
template <class T>
void absorb_adjoint(const Medium<T>& medium, const Wavefield<T>& v);

}  // namespace bornflow
