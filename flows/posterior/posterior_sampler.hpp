#pragma once

#include <cstdint>
#include <vector>

#include "flows/training/flow_file.hpp"

namespace bornflow {

/// How samples are drawn; the defaults are the flow as trained. With s the strength of the summary (Normalisation), t the
/// temperature, P the projection on the summary and xi, z standard normal, one xi for a whole image,
///
///   x = (P + exp(log_gain + log_gain_slope log s + log_gain_spread xi) (1 - P)) f^-1(t z; summary).
///
/// The part of an image along its summary is what the data tell best, and a flow has its amplitude right; what it lacks is
/// amplitude that the summary does not show. A gain of all would take the one away from where it is right.
struct SamplingCalibration {
  double temperature = 1;
  double log_gain = 0, log_gain_slope = 0, log_gain_spread = 0;
};

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

private:
  std::size_t pixels() const;
  std::size_t known_pixels() const;
  /// The summary as the flow takes it, and its strength.
  std::vector<float> normalised(const std::vector<float>& summary, float& strength) const;
  /// The condition of the flow for a summary, and its strength.
  Tensor<float> make_condition(std::int64_t data_set, const std::vector<float>& summary, float& strength) const;
  double log_gain(float strength) const;
  /// The part of normalised values across the summary times the gain; values and summary below the known rows.
  void scale_across(const std::vector<float>& summary, double gain, float* values) const;

  LoadedFlow& flow_;
  std::uint64_t seed_;
  int mute_rows_, batch_;
  SamplingCalibration calibration_;
};

}  // namespace bornflow
