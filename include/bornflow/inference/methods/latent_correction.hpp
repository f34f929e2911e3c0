#pragma once

#include <functional>
#include <vector>

#include "bornflow/inference/latent_map.hpp"
#include "bornflow/inference/methods/training_schedule.hpp"
#include "bornflow/inference/shot_likelihood.hpp"

namespace bornflow {

/// Normal latents with a mean and a standard deviation each, z = mean + deviation e with e standard normal.
struct LatentGaussian {
  std::vector<double> mean, deviation;

  static LatentGaussian standard(int size);
  /// z_i of these e_i.
  Batch latents(const Batch& e) const;
  /// KL(this || N(0, I)) [nats].
  double divergence_from_standard() const;
};

struct CorrectionOptions {
  TrainingSchedule schedule;   ///< epochs are passes over the shots, and a batch is the shots of one update
  int latents = 2;             ///< of an update, fresh ones; e and -e where they are even in number
};

struct LatentCorrection {
  LatentGaussian latent;
  std::vector<double> objective;   ///< of each update's shots and latents: estimates [nats]
  double reach = 0;                ///< sum of the step sizes, which no mean can leave far behind
};

/// Latent distribution correction (Siahkoohi et al. 2023, Geophysics 88(3) R297, eq. 13 and 14): of all normal latents those
/// whose models fit the observed data best without leaving where the flow puts its own,
///
///   min over mean, deviation   E_e [ -log p(y | T(z)) ] + KL(N(mean, deviation^2) || N(0, I)),   z = mean + deviation e.
///
/// The second term is taken in closed form, where the publication samples it. T of standard normal latents is the flow's
/// posterior of these same data, and takes the place of the prior: they are heard twice, so that the result is narrower
/// than the posterior where the flow was right. A step moves each latent by about the learning rate, so that few of them end before
/// the minimum, nearer to the flow. after_update(n) is called after update n = 1, 2, ... NumericalError where the
/// objective or its gradient is not finite.
LatentCorrection correct_latents(LatentMap& map, ShotLikelihood& likelihood, const CorrectionOptions& options,
                                 const std::function<void(int)>& after_update);

}  // namespace bornflow
