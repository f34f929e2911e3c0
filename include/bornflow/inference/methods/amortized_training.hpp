#pragma once

#include <functional>
#include <vector>

#include "bornflow/inference/methods/training_schedule.hpp"
#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow {

/// Changes the pairs with these numbers before they are learnt from in this epoch: new noise, changes of sign.
using PairRenewal = std::function<void(int epoch, const std::vector<int>& numbers, Batch& x, Batch& y)>;

/// Trains q(x|y) on pairs by maximum likelihood, which makes it the posterior of every y at once. The flow must be
/// initialised. Returns the mean loss of each epoch. NumericalError when a loss is not finite.
std::vector<double> train_on_pairs(TrainableFlow& flow, const Batch& x, const Batch& y, const TrainingSchedule& schedule,
                                   const PairRenewal& renew = {});

/// Mean over `draws` samples of q(x|y_i) for each row of y. The latents of row i are a function of (seed, first + i), and
/// come in opposite pairs: of a flow that is nearly linear in them, a few know the mean.
Batch posterior_means(TrainableFlow& flow, const Batch& y, int draws, std::uint64_t seed, std::uint64_t first = 0);

/// `draws` samples of q(x|y) for one y.
Batch posterior_draws(TrainableFlow& flow, const std::vector<double>& y, int draws, std::uint64_t seed,
                      std::uint64_t number);

}  // namespace bornflow
