#pragma once

#include <vector>

#include "bornflow/inference/batch.hpp"

namespace bornflow {

/// Log values of a batch, and their gradients with respect to each row.
struct LogValues {
  std::vector<double> values;
  Batch gradients;
};

/// A density of vectors with a gradient: a prior, or an unnormalised posterior. Normalised ones say so.
class LogDensity {
public:
  virtual ~LogDensity() = default;
  virtual int size() const = 0;
  /// log p of each row [nats].
  virtual std::vector<double> log_values(const Batch& x) const = 0;
  virtual LogValues with_gradients(const Batch& x) const = 0;
};

}  // namespace bornflow
