#pragma once

#include <functional>
#include <vector>

#include "bornflow/inference/log_density.hpp"
#include "bornflow/inference/methods/training_schedule.hpp"
#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow {

/// How far q(.|y) is from a posterior density p(x, y) that is known up to p(y), by samples x = T(z; y).
struct VariationalBound {
  double negative_elbo = 0;  ///< E_q[log q(x|y) - log p(x, y)] = KL(q || posterior) - log p(y): never below -log p(y)
  double log_evidence = 0;   ///< log mean p(x, y)/q(x|y): the importance-sampling estimate of log p(y)
};
VariationalBound variational_bound(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y,
                                   const Batch& z);

/// KL(q || posterior) [nats] where log p(y) is known: negative_elbo + log p(y); where p/q is within a half of one (root
/// mean square), plus its mean less one, which is zero for all z. So it scatters by a part of itself, and not by its root.
double divergence(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y, const Batch& z,
                  double log_evidence);

/// How the gradient of the objective is estimated by a batch. Both estimates are right on average.
enum class VariationalGradient {
  total,  ///< the gradient of the batch's objective: scatters even where q is the posterior
  path    ///< through the samples alone, E_z[grad_x log(q/p)(T(z; y)) dT/dtheta] (Roeder et al. 2017, arXiv
          ///< 1703.09194): vanishes for every z where q is the posterior, for one more pass through the flow
};

struct VariationalOptions {
  TrainingSchedule schedule;
  VariationalGradient gradient = VariationalGradient::total;
  int latents = 1000;          ///< latents of an epoch
  bool fresh_latents = false;  ///< new ones each epoch; else the same ones in another order, as in the original codes
};

/// Fits q(.|y) to a posterior for one y, by the objective (Siahkoohi et al. 2021, arXiv 2101.03709, eq. 2 and 6)
///
///   min E_z [ -log p(T(z; y), y) - log |det dT/dz| ]
///
/// over the parameters of the flow that do not see y alone. From a fresh flow this is variational inference from scratch;
/// from a flow that was trained on pairs of a cheaper problem it is preconditioned. after_update(n) is called after update
/// n = 1, 2, ... and before the first one with 0. Returns the objective of each batch, as an estimate of negative_elbo.
std::vector<double> fit_posterior(TrainableFlow& flow, const LogDensity& target, const std::vector<double>& y,
                                  const VariationalOptions& options, const std::function<void(int)>& after_update);

}  // namespace bornflow
