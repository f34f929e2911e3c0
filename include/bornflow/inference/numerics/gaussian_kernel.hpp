#pragma once

#include <vector>

namespace bornflow {

/// Gaussian weights exp(-k^2 / (2 sigma^2)), k = -radius ... radius, with sum 1. `sigma` in samples, positive.
std::vector<double> gaussian_kernel(double sigma, int radius);

}  // namespace bornflow
