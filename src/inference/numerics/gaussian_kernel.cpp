#include "bornflow/inference/numerics/gaussian_kernel.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

std::vector<double> gaussian_kernel(double sigma, int radius) {
  BORNFLOW_REQUIRE(sigma > 0 && radius >= 0, "a Gaussian needs a positive width");
  std::vector<double> weights(2 * radius + 1);
  double sum = 0;
  for (int k = -radius; k <= radius; ++k) sum += weights[k + radius] = std::exp(-0.5 * k * k / (sigma * sigma));
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace bornflow
