#pragma once

#include <vector>

#include "bornflow/inference/log_density.hpp"

namespace bornflow {

/// log p(y|x) of the one data set that is observed, a sum over shots that can be taken in parts: what a method sees of data
/// that lie on many ranks and cost a wave each.
class ShotLikelihood {
public:
  virtual ~ShotLikelihood() = default;
  virtual int model_size() const = 0;
  virtual int shots() const = 0;
  /// The sum over these shots times shots() over their number, an unbiased estimate of the whole when they are drawn at
  /// random, and its gradient with respect to each x_i; up to a constant that does not depend on x [nats].
  virtual LogValues with_gradients(const Batch& x, const std::vector<int>& numbers) = 0;
};

}  // namespace bornflow
