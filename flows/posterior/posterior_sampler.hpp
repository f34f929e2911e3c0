#pragma once

#include <cstdint>
#include <vector>

#include "flows/training/flow_file.hpp"

namespace bornflow {

/// Draws samples of the amortized posterior p(x | summary) from a trained flow.
///
/// Sample s of data set i is a function of (seed, i, s) and the weights only, so any rank can draw any share.
class PosteriorSampler {
public:
  /// `mute_rows`: rows at the top where the image is known to be zero, set so after sampling (experiment S1, G26).
  /// `temperature`: standard deviation of the latent draws; 1 is the flow as trained.
  PosteriorSampler(LoadedFlow& flow, std::uint64_t seed, int mute_rows, int batch, double temperature = 1.0);

  /// Samples [first, first + count) for one summary (nz, nx) in its physical unit: (count, nz, nx) in the unit of x.
  std::vector<float> draw(std::int64_t data_set, const std::vector<float>& summary, std::int64_t first, std::int64_t count);

private:
  LoadedFlow& flow_;
  std::uint64_t seed_;
  int mute_rows_, batch_;
  double temperature_;
};

}  // namespace bornflow
