#pragma once

#include "bornflow/inference/problems/inverse_problem.hpp"

namespace bornflow {

/// Inverse kinematics of an arm in the plane (Ardizzone et al. 2019, section 4.1): its base slides on a rail to the height
/// x1, its three joints have the angles x2, x3, x4 [rad]; y is where it ends.
///
///   y1 = x1 + l1 sin x2 + l2 sin(x3 - x2) + l3 sin(x4 - x3 - x2),   y2 = l1 cos x2 + l2 cos(x3 - x2) + l3 cos(x4 - x3 - x2)
///
/// with normal priors. Signs of the angles as in that paper; other versions add the angles up, and have other posteriors.
class PlanarArm final : public InverseProblem {
public:
  struct Options {
    std::vector<double> lengths = {0.5, 0.5, 1};             ///< of the three segments
    std::vector<double> deviations = {0.25, 0.5, 0.5, 0.5};  ///< of the priors: height, then angles [rad]
  };
  explicit PlanarArm(const Options& options) : options_(options) {}

  std::vector<std::string> model_names() const override { return {"height", "angle 1", "angle 2", "angle 3"}; }
  int data_size() const override { return 2; }
  void draw(RandomStream& stream, double* x) const override;
  void simulate(const double* x, double* y) const override;

private:
  Options options_;
};

}  // namespace bornflow
