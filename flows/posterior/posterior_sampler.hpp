#pragma once

#include <cstdint>
#include <vector>

#include "flows/posterior/posterior_map.hpp"

namespace bornflow {

/// Draws samples of the amortized posterior p(x | summary) from a trained flow.
///
/// Sample s of data set i is a function of (seed, i, s) and the weights only, so any rank can draw any share.
class PosteriorSampler {
public:
  /// `mute_rows`: rows at the top where the image is known to be zero, set so after sampling.
  PosteriorSampler(LoadedFlow& flow, std::uint64_t seed, int mute_rows, int batch,
                   const SamplingCalibration& calibration = {});

  /// Samples [first, first + count) for one summary (nz, nx) in its physical unit: (count, nz, nx) in the unit of x.
  std::vector<float> draw(std::int64_t data_set, const std::vector<float>& summary, std::int64_t first, std::int64_t count);
  /// The latent of an image x under this sampler: standard normal when x is a draw of the posterior of the summary, but
  /// for log_gain_spread, which it cannot know. `jitter` is the noise on normalised images that the flow saw at the end of
  /// its training (TrainingOptions::x_noise_end): without it smooth images lie in directions that the flow knows no width of.
  std::vector<float> latent(std::int64_t data_set, const std::vector<float>& x, const std::vector<float>& summary,
                            double jitter);
  /// Logarithm of the strength of a summary.
  double log_strength(const std::vector<float>& summary) const;
  /// The map from latents to samples of this data set.
  PosteriorMap map(std::int64_t data_set, const std::vector<float>& summary) const;
  /// The latents of samples [first, first + count) of a data set, (count, map().latent_size()).
  std::vector<double> latents(std::int64_t data_set, std::int64_t first, std::int64_t count) const;

private:
  LoadedFlow& flow_;
  std::uint64_t seed_;
  int mute_rows_, batch_;
  SamplingCalibration calibration_;
};

}  // namespace bornflow
