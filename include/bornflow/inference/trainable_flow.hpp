#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// The second of the two concepts that inference knows: a normalizing flow x = T(z; y) with z standard normal, that is a
/// density q(x|y) which can be sampled, evaluated and trained. A batch of conditions may have one row, which then holds
/// for every x or z. Inference never sees what it is made of.
class TrainableFlow {
public:
  virtual ~TrainableFlow() = default;
  virtual int model_size() const = 0;
  virtual int condition_size() const = 0;

  /// Before anything else: fits scales to these vectors.
  virtual void initialise(const Batch& x, const Batch& y) = 0;

  /// log q(x_i|y_i) [nats].
  virtual std::vector<double> log_prob(const Batch& x, const Batch& y) = 0;
  /// The same, and its gradient with respect to x_i. The gradient of the parameters stays as it is.
  virtual LogValues log_prob_with_gradients(const Batch& x, const Batch& y) = 0;
  /// T(z_i; y_i).
  virtual Batch sample(const Batch& z, const Batch& y) = 0;

  /// The losses of pairs (x_i, y_i), -log q(x_i|y_i) up to a constant, with the loss of y where the flow models it too;
  /// adds the gradient of their mean to that of the parameters.
  virtual std::vector<double> fit(const Batch& x, const Batch& y) = 0;
  /// Adds to the gradient of the parameters that of sum_i [dx_i . T(z_i; y_i) - log_det_weight log |det dT/dz_i|].
  /// Parameters that see y alone are frozen.
  virtual void backward(const Batch& z, const Batch& y, const Batch& dx, double log_det_weight) = 0;

  /// Forgets the moments of the optimiser: a new objective begins.
  virtual void restart_optimiser() = 0;
  /// One step of the optimiser, after which the gradient is zero again. Returns the norm of the gradient; where it is not
  /// finite the parameters stay.
  virtual double step(double learning_rate) = 0;
};

/// Makes an untrained flow that sees conditions of this size; `number` tells flows of one method apart.
using FlowMaker = std::function<std::unique_ptr<TrainableFlow>(int condition_size, int number)>;

}  // namespace bornflow
