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

/// The map from standard normal latents (z, xi) to images of the amortized posterior p(x | summary) of one data set, xi last.
class PosteriorMap {
public:
  /// summary (nz, nx) in its physical unit. `mute_rows`: rows at the top where the image is known to be zero, set so
  /// afterwards. (seed, data_set) tells what a flow with a y-lane sees in the place of exact zeros.
  PosteriorMap(LoadedFlow& flow, const SamplingCalibration& calibration, std::uint64_t seed, int mute_rows,
               std::int64_t data_set, const std::vector<float>& summary);

  int latent_size() const;         ///< of (z, xi)
  std::size_t pixels() const { return along_.size(); }
  /// Logarithm of the strength of the summary.
  double log_strength() const;

  /// Images (count, nz, nx) in the unit of x of latents (count, latent_size).
  std::vector<float> images(int count, const double* latents) const;
  /// From the gradients (count, nz, nx) of functions of these images to those with respect to the latents.
  std::vector<double> pull_back(int count, const double* latents, const float* gradients) const;
  /// The z of an image x for xi = 0. `jitter`: standard deviation of noise on the normalised image, and
  /// (seed, data_set) which; a row that is known to be zero has noise alone.
  std::vector<float> latent(const std::vector<float>& x, double jitter) const;

private:
  std::size_t known_pixels() const;
  double gain(double xi) const;
  /// f^-1(t z), normalised.
  Tensor<float> inverse(int count, const double* latents) const;
  /// Below the known rows: the part of normalised values across the summary times the gain. Symmetric, so its own transpose.
  void scale_across(double gain, float* values) const;
  /// How much of the summary the values hold, below the known rows.
  double part_along(const float* values) const;

  LoadedFlow& flow_;
  SamplingCalibration calibration_;
  std::uint64_t seed_;
  std::int64_t data_set_;
  int mute_rows_;
  std::vector<float> along_;   // the summary as the flow takes it
  float strength_ = 1;
  Tensor<float> condition_;
};

}  // namespace bornflow
