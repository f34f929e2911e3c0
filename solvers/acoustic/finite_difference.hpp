#pragma once

#include <vector>

namespace bornflow {

/// Weights of the `derivative`-th derivative at `x0` from values at `nodes` (distinct, any order).
///
/// Fornberg, Mathematics of Computation 51 (1988) 699. At least derivative + 1 nodes are needed.
std::vector<double> fornberg_weights(int derivative, double x0, const std::vector<double>& nodes);

/// Weights w_0 .. w_r of the centred second derivative of even order 2r on a grid of unit spacing:
/// u''(0) = w_0 u_0 + sum_k w_k (u_k + u_-k).
std::vector<double> second_derivative_weights(int space_order);

/// Weights w_0 = 0, w_1 .. w_r of the centred first derivative of even order 2r on a grid of unit spacing:
/// u'(0) = sum_k w_k (u_k - u_-k).
std::vector<double> first_derivative_weights(int space_order);

/// Weights w_0 = 0, w_1 .. w_r of the first derivative of even order 2r half-way between the points of a grid of unit
/// spacing: u'(1/2) = sum_k w_k (u_k - u_(1-k)).
std::vector<double> staggered_derivative_weights(int space_order);

/// Sum of the absolute values of all 2r + 1 weights. It is the largest eigenvalue of -d^2/dx^2, because the signs of
/// the weights alternate as those of the shortest wave do.
double second_derivative_norm(int space_order);

/// Largest supported order; the kernels are compiled for radius 1 .. 8.
constexpr int max_space_order = 16;

/// Throws UserError unless `space_order` is even and in 2 .. 16.
void require_valid_space_order(int space_order);

}  // namespace bornflow
