#pragma once

#include <vector>

#include "bornflow/inference/batch.hpp"

namespace bornflow {

/// A trainable bijection u = f(v) of vectors of one size, which inference runs in both directions and never looks into.
class InvertibleMap {
public:
  virtual ~InvertibleMap() = default;
  virtual int size() const = 0;
  /// `log_det` becomes log |det df/dv| of each row.
  virtual Batch forward(const Batch& v, std::vector<double>& log_det) = 0;
  virtual Batch inverse(const Batch& u) = 0;

  /// Adds to the gradient of the parameters that of sum_i [du_i . f(v_i) + log_det_weight log |det df/dv_i|], where
  /// u = f(v).
  virtual void forward_gradient(const Batch& u, const Batch& du, double log_det_weight) = 0;
  /// Adds that of sum_i dv_i . f^-1(u_i), where v = f^-1(u).
  virtual void inverse_gradient(const Batch& v, const Batch& dv) = 0;

  /// One step of the optimiser, after which the gradient is zero again. Returns the norm of the gradient; where it is not
  /// finite the parameters stay.
  virtual double step(double learning_rate) = 0;
};

}  // namespace bornflow
