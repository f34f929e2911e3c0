#include "bornflow/inference/problems/planar_arm.hpp"

#include <cmath>

namespace bornflow {

void PlanarArm::draw(RandomStream& stream, double* x) const {
  for (int c = 0; c < 4; ++c) x[c] = options_.deviations[c] * stream.normal();
}

void PlanarArm::simulate(const double* x, double* y) const {
  const double angles[3] = {x[1], x[2] - x[1], x[3] - x[2] - x[1]};
  y[0] = x[0], y[1] = 0;
  for (int s = 0; s < 3; ++s) {
    y[0] += options_.lengths[s] * std::sin(angles[s]);
    y[1] += options_.lengths[s] * std::cos(angles[s]);
  }
}

}  // namespace bornflow
