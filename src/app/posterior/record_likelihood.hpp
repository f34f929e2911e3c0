#pragma once

#include <vector>

#include "bornflow/inference/shot_likelihood.hpp"
#include "src/app/waves/experiment.hpp"

namespace bornflow {

/// log p(d|x) = -sum over shots |d - J M x|^2 / (2 sigma^2) of the observed records, images x (nz, nx) in s2/km2, with
/// sigma that of white noise that tells as much as the noise there is (NoiseModel::white_equivalent). Each rank has the
/// records of its own shots; collective over the experiment's team, the same bits for any number of its ranks.
class RecordLikelihood final : public ShotLikelihood {
public:
  /// traces: this rank's shots. Refers to both, which must outlive it.
  RecordLikelihood(Experiment& experiment, const std::vector<float>& traces, double sigma);
  int model_size() const override { return static_cast<int>(experiment_.image_size()); }
  int shots() const override { return experiment_.born().n_shots(); }
  LogValues with_gradients(const Batch& x, const std::vector<int>& numbers) override;
  /// Root mean square of d - J M x over these images, all shots and the traces that were recorded.
  double residual(const Batch& x);

private:
  Experiment& experiment_;
  const std::vector<float>& traces_;
  double sigma_;
};

}  // namespace bornflow
