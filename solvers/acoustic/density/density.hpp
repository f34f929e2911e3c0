#pragma once

#include <vector>

#include "solvers/acoustic/time_axis.hpp"

/// A density that varies: known, and not inverted for. With rho(x) [g/cm^3] the equation is
///
///   (m / rho) u_tt + eta' u_t - div((1 / rho) grad u) = q,   m = 1/v^2,
///
/// so that rho = 1 is the equation of constant density, and waves start from a source q with rho times its amplitude.
namespace bornflow {

/// UserError where options.density has another size than the grid or is not positive and finite.
void require_valid_density(const Grid& grid, const PropagatorOptions& options);

/// Greatest density [g/cm^3]; 1 without one.
double max_density(const PropagatorOptions& options);

/// No eigenvalue of -rho div((1 / rho) grad), as DensityOperator has it, is greater [1/m^2].
///
/// K = sum over the axes of D^T b D, with b at half points, and M = 1 / rho at points. Along one axis, with the weights
/// c of D and C = sum |c|, Cauchy and Schwarz give (D u)_h^2 <= C sum_i |c_(h-i)| u_i^2, hence
///
///   u^T K u <= sum_i u_i^2 sum over the axes of C sum_h |c_(h-i)| b_h,
///
/// and the eigenvalues of M^-1 K are at most the greatest, over the points i, of rho_i times the inner sum. For a
/// constant density that is sum of C^2: the limit of the staggered grid. As rho_i b_h < 2 it is never twice as much.
double density_operator_norm(const Grid& grid, const PropagatorOptions& options);

}  // namespace bornflow
