#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bornflow/inference/methods/bidirectional_training.hpp"
#include "bornflow/inference/problems/inverse_problem.hpp"
#include "flows/network/conditional_autoencoder.hpp"
#include "src/app/adapters/invertible_map_adapter.hpp"

/// Networks that are trained once on pairs and then give samples of the posterior of any data.
namespace bornflow {

class TrainedSampler {
public:
  virtual ~TrainedSampler() = default;
  virtual std::string description() const = 0;
  /// Samples of the posterior of y; a function of `number`.
  virtual Batch sample(const std::vector<double>& y, int count, std::uint64_t number) = 0;
};

/// Whether the noise of the data is among what the network infers: then y is a function of its input, and its output can be
/// y itself. Ignored, it is what no bijection of x can give.
enum class DataNoise { ignored, inferred };

struct InvertibleOptions {
  InvertibleMapAdapter::Options map;
  BidirectionalOptions training;
  DataNoise noise = DataNoise::ignored;
  UniformRanges prior;   ///< of x where it is uniform: the network sees normal scores; else empty
};
struct TrainedInvertible {
  std::unique_ptr<TrainedSampler> sampler;
  std::vector<BidirectionalLosses> history;
};
/// x, y and noise are scaled to standard deviations of one before they reach the network.
TrainedInvertible train_invertible(const Pairs& pairs, const InvertibleOptions& options);

struct AutoencoderOptions {
  int latent_size = 3, hidden = 128;
  double kl_weight = 0.02;   ///< [variances of x]
  UniformRanges prior;       ///< as above
  Adam::Options adam;
  double clip_norm = 0;
  TrainingSchedule schedule;
};
struct TrainedAutoencoder {
  std::unique_ptr<TrainedSampler> sampler;
  std::vector<double> history;   ///< mean loss of each epoch
};
TrainedAutoencoder train_autoencoder(const Pairs& pairs, const AutoencoderOptions& options);

}  // namespace bornflow
