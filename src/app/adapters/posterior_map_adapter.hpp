#pragma once

#include "bornflow/inference/latent_map.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "flows/posterior/posterior_map.hpp"

namespace bornflow {

/// The map of a trained flow at one data set as inference knows it. The ranks share out the rows of a batch, so that all of
/// them go on with the same bits. Collective. Images are (nz, nx) in the unit of x.
class PosteriorMapAdapter final : public LatentMap {
public:
  /// Refers to the communicator and to the flow of the map, which must outlive it.
  PosteriorMapAdapter(const PosteriorMap& map, const Communicator& ranks) : map_(map), ranks_(ranks) {}
  int latent_size() const override { return map_.latent_size(); }
  int model_size() const override { return static_cast<int>(map_.pixels()); }
  Batch models(const Batch& z) override;
  Batch pull_back(const Batch& z, const Batch& dx) override;

private:
  PosteriorMap map_;
  const Communicator& ranks_;
};

}  // namespace bornflow
