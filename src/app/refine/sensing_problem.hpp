#pragma once

#include <memory>
#include <vector>

#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/priors/reflectivity_prior.hpp"
#include "bornflow/inference/problems/sensing_likelihood.hpp"
#include "src/app/adapters/image_flow_adapter.hpp"
#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// Images seen through a random convolution, of which a part is kept. Pairs are made of images of one kind, the observed
/// data of an image of another.
struct SensingProblem {
  std::shared_ptr<const RandomConvolution> convolution;
  double sigma;
  ReflectivityPrior images;
  std::vector<double> truth, observed;
  std::string description;   ///< of both kinds of images

  SensingLikelihood likelihood() const { return SensingLikelihood(convolution, sigma); }
  /// Training images first, first + 1, ...
  Batch draw(int count, std::int64_t first) const;
};
SensingProblem make_sensing_problem(const RunConfig& config);

/// The network of [flow] for these images.
FlowArchitecture make_sensing_architecture(const RunConfig& config);
/// An untrained flow; all ranks of the communicator share its batches.
std::unique_ptr<ImageFlowAdapter> make_image_adapter(const RunConfig& config, const Communicator& ranks, int number);

/// What pairs get before they are learnt from, by [train] negate, redraw_noise, x_noise and x_noise_end: another sign, new
/// data noise, and noise on the image, without which smooth images have directions of no variance and a density no bound.
/// `clean` are the data of all pairs without noise.
PairRenewal renewed_noise(const RunConfig& config, Batch clean);

}  // namespace bornflow
