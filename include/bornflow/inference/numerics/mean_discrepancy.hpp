#pragma once

#include <vector>

#include "bornflow/inference/batch.hpp"

/// Maximum mean discrepancy (Gretton et al. 2012): how far apart are two distributions, told from samples alone?
///
///   MMD^2 = E k(a, a') + E k(b, b') - 2 E k(a, b),   k(a, b) = sum over widths h of 1 / (1 + |a - b|^2 / h^2)
///
/// with inverse multiquadratic kernels, whose heavy tails have a gradient far away too (Ardizzone et al. 2019).
namespace bornflow {

/// The unbiased estimate: the terms of a sample with itself are left out. May be negative where a and b agree. Rows of
/// both have one size.
double squared_discrepancy(const Batch& a, const Batch& b, const std::vector<double>& widths);

struct DiscrepancyGradient {
  double value = 0;   ///< of the biased estimate, without the constant E k(b, b')
  Batch gradient;     ///< with respect to the first columns of a
};

/// The part of the biased estimate that depends on a, and its gradient with respect to the first `columns` of a; the other
/// columns are seen, but held fixed. Single precision inside: it is one over the square root of the batch that counts.
DiscrepancyGradient discrepancy_gradient(const Batch& a, const Batch& b, const std::vector<double>& widths, int columns);

}  // namespace bornflow
