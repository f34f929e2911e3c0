#pragma once

#include <cstdint>
#include <vector>

/// Corrections of a posterior sampler that are fitted to held-out pairs of truth and samples.
///
/// A flow trained on few images is too sure of itself, in two ways that pairs outside its training show: its intervals are
/// too narrow, and its samples share an error of amplitude. The second hardly shows in single pixels, but it is the same in
/// all of them, so that the energy of an image would be wrong by more than the samples say.
namespace bornflow {

/// The factor by which the central intervals of this level must be stretched about their middles to hold that part of the
/// truths: the quantile `level` of |truth - middle| / half width. A half width of 0 counts as infinitely far off.
class IntervalStretch {
public:
  IntervalStretch(std::int64_t n_samples, double level);

  /// Samples (n_samples, size) of the posterior for one data set, and the truth behind it; a mask as in
  /// posterior_calibration.hpp.
  void add(const float* samples, const std::vector<float>& truth, const std::vector<std::uint8_t>& mask);
  const std::vector<float>& distances() const { return distances_; }

private:
  std::int64_t n_samples_;
  double level_;
  std::vector<float> distances_;
};
/// Of the distances of all truths, in any order.
double stretch_for(std::vector<float> distances, double level);

/// One held-out image.
struct HeldOutAmplitude {
  double log_strength = 0;  ///< of its summary: what the sampler may know
  double excess = 0;        ///< log amplitude of the truth less the mean log amplitude of the samples
  double variance = 0;      ///< of the samples' log amplitudes
};

/// excess = offset + slope log_strength + error, by least squares; and the variance that the error has beyond that of the
/// samples (negative where it has less).
struct AmplitudeError {
  double offset = 0, slope = 0, unexplained_variance = 0;
};
/// Of at least 8 images with samples each; the slope is 0 where all strengths are the same.
AmplitudeError fit_amplitude_error(const std::vector<HeldOutAmplitude>& images);

/// 1/2 log of the mean square of the pixels with mask 1.
double log_amplitude(const float* image, const std::vector<std::uint8_t>& mask);

/// Takes the part along `direction` out of an image, over the pixels with mask 1.
void remove_along(const std::vector<float>& direction, const std::vector<std::uint8_t>& mask, float* image);

/// The entry of one image, from samples (n_samples, size).
HeldOutAmplitude held_out_amplitude(double log_strength, const float* samples, std::int64_t n_samples,
                                    const std::vector<float>& truth, const std::vector<std::uint8_t>& mask);

}  // namespace bornflow
