#pragma once

#include <cstdint>

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// Preconditioned Langevin dynamics, without Metropolis correction (Li et al. 2016), as a reference by sampling:
///
///   V = rho V + (1 - rho) g^2,  G = 1 / (sqrt V + epsilon),  x -= step G g + sqrt(2 step G) n,  g = -grad log p(x)
///
/// from a standard normal x and V = 0. Its bias does not vanish with the number of iterations but with the step: a
/// Gaussian of standard deviation s, where G is near s, comes out with variance s^2 / (1 - step / (2 s)).
struct LangevinOptions {
  int iterations = 40000;
  double step = 0.08, rho = 0.99, epsilon = 1e-8;
  double discard = 0.5;  ///< part of the chain that is dropped at its start
  int thin = 5;          ///< every how-manieth state of the rest is kept
  std::uint64_t seed = 1;
};

Batch langevin_samples(const LogDensity& target, const LangevinOptions& options);

}  // namespace bornflow
