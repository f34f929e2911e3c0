#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "flows/layers/residual_block.hpp"
#include "flows/network/parameters.hpp"

namespace bornflow {

/// A conditional variational autoencoder of vectors (Sohn et al. 2015), the usual alternative to an invertible network:
///
///   encoder (mu, log v) = E(x, y),   z = mu + sqrt(v) noise,   decoder x' = D(z, y)
///   loss = |x - x'|^2 + kl_weight KL(N(mu, v) | N(0, I)),   KL = sum (mu^2 + v - 1 - log v) / 2
///
/// A sample of the posterior of y is D(z, y) for a normal z. The decoder is a point, not a density: the noise with variance
/// kl_weight / 2 that the loss belongs to is left out, as in Ardizzone et al. 2019. E and D are dense ResidualBlocks.
template <class T>
class ConditionalAutoencoder {
public:
  struct Architecture {
    int size = 2, condition_size = 1, latent_size = 2, hidden = 64;
  };
  ConditionalAutoencoder(const Architecture& architecture, std::uint64_t seed);

  Parameters<T>& parameters() { return parameters_; }
  const Parameters<T>& parameters() const { return parameters_; }
  std::string description() const;

  /// The loss of each sample, for standard normal `noise` (n, 1, 1, latent_size); adds weight * d(sum of losses) to the
  /// gradients.
  std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& noise, double kl_weight,
                                        double weight);
  /// D(z, y); y may have one sample, which then holds for all.
  Tensor<T> decode(const Tensor<T>& z, const Tensor<T>& y);

private:
  Architecture architecture_;
  Parameters<T> parameters_;
  // Each network keeps its activations until its backward pass.
  std::unique_ptr<ResidualBlock<T>> encoder_, decoder_;
};

}  // namespace bornflow
