#pragma once

#include <array>
#include <vector>

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// A rectangle of the plane: [low, high] along both axes.
struct PlaneBox {
  std::array<double, 2> low{}, high{};
};

/// What integrals over the plane tell of an unnormalised density of two numbers.
struct PlaneMoments {
  double log_normaliser = 0;             ///< log of the integral; for a posterior density log p(y)
  std::array<double, 2> mean{}, standard_deviation{};
  double covariance = 0;
  PlaneBox support;                      ///< where the density is above e^-40 of its largest value
};

/// Integrates by the trapezoidal rule with `points` points along each axis: once over `box` to find the support, then over
/// the support, outside which less than e^-40 times the area is left out. For smooth densities the error falls faster than
/// any power of the spacing. UserError when the support reaches the edge of the box.
PlaneMoments integrate_plane(const LogDensity& density, const PlaneBox& box, int points = 600);

/// exp(log density - log_normaliser) on a lattice of the box, (points, points) with x1 fastest.
std::vector<double> density_on_lattice(const LogDensity& density, const PlaneBox& box, int points, double log_normaliser);

}  // namespace bornflow
