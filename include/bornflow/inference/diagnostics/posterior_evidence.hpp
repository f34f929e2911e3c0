#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

/// What posteriors of simulated data sets, whose truth is known, say about themselves: the numbers that the checks of
/// diagnostic_report.hpp are made from. Data sets must be independent of each other and of what the posterior learned from.
namespace bornflow {

/// The images from which TARP measures distances; each of the size of the truth.
struct TarpReferences {
  const float* from_prior;  ///< independent of this data set, such as a training image
  const float* from_data;   ///< a function of the data alone, such as the scaled migrated image
};

/// Samples, truths and masks are arrays of `size` pixels; a mask has one entry a pixel and 0 leaves the pixel out.
struct EvidenceOptions {
  int n_draws = 0;                    ///< posterior samples of each data set
  std::vector<std::uint8_t> mask;
  std::vector<float> prior_variance;  ///< of each pixel, in the square of the images' unit
  std::uint64_t seed = 1;             ///< breaks ties of ranks
};

/// Collected on each rank for its own data sets, and joined by gather().
///
/// TARP (Lemos et al. 2023, arXiv 2302.03026): the rank of |truth - r| among |sample - r| is uniform for an exact posterior and
/// any reference r that does not know the truth. With r from the prior it sees wrong widths and biases; a posterior that
/// ignores the data (the prior itself) passes there and is seen by r from the data.
///
/// z-score and contraction (Schad, Betancourt & Vasishth 2021): z = (mean - truth) / std, whose square is corrected
/// for the finite number of draws so that an exact Gaussian posterior has mean square 1, and 1 - var / prior variance.
class PosteriorEvidence {
public:
  explicit PosteriorEvidence(const EvidenceOptions& options);

  /// Samples (n_draws, size) of the posterior of data set `number`, and the truth behind it.
  void add(std::int64_t number, const float* truth, const float* samples, const TarpReferences& references);
  /// The latent of the truth under the flow, z = f(truth; data) with n numbers.
  void add_latent(const float* z, std::size_t n);
  /// The same of a pair that the flow learned from; what latents of unseen pairs are compared with.
  void add_learned_latent(const float* z, std::size_t n);

  /// Joins the ranks' shares in rank order: contiguous shares give the order of one rank. Collective; call once.
  void gather(const Communicator& comm);

  int n_draws() const { return options_.n_draws; }
  int count() const { return static_cast<int>(z_mean.size()); }  ///< data sets

  std::vector<double> levels;                 ///< nominal coverage of the central intervals
  std::vector<double> inside;                 ///< (count, levels): fraction of the pixels inside
  std::vector<int> tarp_prior, tarp_data;     ///< ranks, 0 ... n_draws
  std::vector<double> z_mean, z_square;       ///< means over the pixels of each data set
  std::vector<double> contraction;            ///< 1 - sum of variances / sum of prior variances
  std::vector<float> some_z, some_contraction;  ///< of up to 32 pixels of each data set, for a picture
  std::vector<double> latent_mean, latent_square, latent_fourth;  ///< moments about 0 of each data set's latent
  std::vector<double> learned_square;         ///< second moments of the latents of learned pairs

private:
  EvidenceOptions options_;
  std::vector<std::size_t> pixels_, shown_;  // those of the mask, and those of the picture
};

/// Sum of squared differences over the pixels of the list.
double squared_distance(const float* a, const float* b, const std::vector<std::size_t>& pixels);

}  // namespace bornflow
