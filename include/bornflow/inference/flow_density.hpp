#pragma once

#include <vector>

#include "bornflow/inference/log_density.hpp"
#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow {

/// The density q(x|y) of a flow at one y, as a prior for something else. Refers to the flow, which must outlive it and must
/// not be trained meanwhile.
class FlowDensity final : public LogDensity {
public:
  FlowDensity(TrainableFlow& flow, const std::vector<double>& y) : flow_(flow), y_(y) {}
  int size() const override { return flow_.model_size(); }
  std::vector<double> log_values(const Batch& x) const override { return flow_.log_prob(x, y_); }
  LogValues with_gradients(const Batch& x) const override { return flow_.log_prob_with_gradients(x, y_); }

private:
  TrainableFlow& flow_;
  Batch y_;
};

}  // namespace bornflow
