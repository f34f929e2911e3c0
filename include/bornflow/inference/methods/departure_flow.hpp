#pragma once

#include <memory>

#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow {

/// A flow of how far x is from a fiducial x_0, the last model_size() numbers of its condition (score, x_0):
///
///   x = x_0 + T(z; y),   q(x|y) = q_T(x - x_0|y)
///
/// The shift has the determinant one, so both are the same kind of density. Where x_0 is near the posterior's mean, what T
/// has to learn is as large as the posterior is wide, not as large as x, and so are its errors.
class DepartureFlow final : public TrainableFlow {
public:
  explicit DepartureFlow(std::unique_ptr<TrainableFlow> flow);
  int model_size() const override { return flow_->model_size(); }
  int condition_size() const override { return flow_->condition_size(); }

  void initialise(const Batch& x, const Batch& y) override { flow_->initialise(departures(x, y), y); }
  std::vector<double> log_prob(const Batch& x, const Batch& y) override { return flow_->log_prob(departures(x, y), y); }
  LogValues log_prob_with_gradients(const Batch& x, const Batch& y) override {
    return flow_->log_prob_with_gradients(departures(x, y), y);
  }
  Batch sample(const Batch& z, const Batch& y) override;
  std::vector<double> fit(const Batch& x, const Batch& y) override { return flow_->fit(departures(x, y), y); }
  void backward(const Batch& z, const Batch& y, const Batch& dx, double log_det_weight) override {
    flow_->backward(z, y, dx, log_det_weight);
  }
  void restart_optimiser() override { flow_->restart_optimiser(); }
  double step(double learning_rate) override { return flow_->step(learning_rate); }

private:
  /// x - x_0.
  Batch departures(const Batch& x, const Batch& y) const;
  std::unique_ptr<TrainableFlow> flow_;
};

}  // namespace bornflow
