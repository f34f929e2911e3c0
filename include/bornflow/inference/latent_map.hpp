#pragma once

#include "bornflow/inference/batch.hpp"

namespace bornflow {

/// A map x = T(z) of latents to models, such as a flow at one y: what a method sees of it that moves latents and leaves the
/// flow as it is. Latents are standard normal where the flow's own posterior is right.
class LatentMap {
public:
  virtual ~LatentMap() = default;
  virtual int latent_size() const = 0;
  virtual int model_size() const = 0;
  /// T(z_i).
  virtual Batch models(const Batch& z) = 0;
  /// (dT/dz)^T dx_i at z_i: from the gradient of a function of x_i to that with respect to z_i.
  virtual Batch pull_back(const Batch& z, const Batch& dx) = 0;
};

}  // namespace bornflow
