#pragma once

#include "bornflow/inference/problems/inverse_problem.hpp"

namespace bornflow {

/// Eight Gaussian modes in the plane, at the corners (+-(1 + sqrt 2), +-1), (+-1, +-(1 + sqrt 2)) of an octagon of edge 2
/// and with a standard deviation of 0.2, and a label of each (Ardizzone et al. 2019, section 4.1). Data are the label of the
/// nearest mode, as a unit vector: where modes share a label, its posterior has as many modes.
class GaussianMixture final : public InverseProblem {
public:
  static constexpr int modes = 8;
  static constexpr double deviation = 0.2;

  /// One label a mode, 0 ... the largest, each in use. UserError otherwise.
  explicit GaussianMixture(const std::vector<int>& labels);

  std::vector<std::string> model_names() const override { return {"x1", "x2"}; }
  int data_size() const override { return labels_in_use_; }
  void draw(RandomStream& stream, double* x) const override;
  void simulate(const double* x, double* y) const override;

  const std::vector<int>& labels() const { return labels_; }
  const double* centre(int mode) const { return centres_.row(mode); }
  int nearest_mode(const double* x) const;
  double distance(const double* x, int mode) const;   ///< [standard deviations]

private:
  std::vector<int> labels_;
  int labels_in_use_ = 0;
  Batch centres_;
};

}  // namespace bornflow
