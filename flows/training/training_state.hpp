#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "bornflow/parallel/communicator.hpp"
#include "flows/training/training_options.hpp"

namespace bornflow {

/// Where a training stands, apart from the weights, Adam's moments and the averaged weights. The order of samples and all
/// random choices follow from (seed, epoch, position), so no generator is stored.
struct TrainingState {
  int epoch = 0;          ///< finished epochs
  std::int64_t step = 0;  ///< steps so far, skipped ones included

  double loss_sum = 0;  ///< over the accepted steps of the present epoch, as are the next five
  double norm_sum = 0;
  std::int64_t accepted = 0, skipped = 0;
  double training_seconds = 0, seconds = 0;

  std::int64_t accepted_in_all = 0;
  int skipped_in_row = 0;
  double usual_norm = 0;  ///< running average of accepted gradient norms, which outliers are told by

  double best_validation_loss = std::numeric_limits<double>::infinity();
  int best_epoch = 0;  ///< from 1; 0: none yet
  int epochs_without_improvement = 0;

  std::vector<float> best_values;  ///< weights of best_epoch, empty before it
  TrainingHistory history;
};

/// Calls visit(name, field) for every number of the state: what a checkpoint stores and rank 0 tells the others.
template <class State, class Visit>
void for_each_number(State& state, Visit&& visit) {
  visit("epoch", state.epoch);
  visit("step", state.step);
  visit("loss_sum", state.loss_sum);
  visit("norm_sum", state.norm_sum);
  visit("accepted", state.accepted);
  visit("skipped", state.skipped);
  visit("training_seconds", state.training_seconds);
  visit("seconds", state.seconds);
  visit("accepted_in_all", state.accepted_in_all);
  visit("skipped_in_row", state.skipped_in_row);
  visit("usual_norm", state.usual_norm);
  visit("best_validation_loss", state.best_validation_loss);
  visit("best_epoch", state.best_epoch);
  visit("epochs_without_improvement", state.epochs_without_improvement);
}

/// Calls visit(name, pointer to member) for every column of the history.
template <class Visit>
void for_each_column(Visit&& visit) {
  visit("epoch", &EpochRecord::epoch);
  visit("step", &EpochRecord::step);
  visit("train_loss", &EpochRecord::train_loss);
  visit("validation_loss", &EpochRecord::validation_loss);
  visit("gradient_norm", &EpochRecord::gradient_norm);
  visit("learning_rate", &EpochRecord::learning_rate);
  visit("skipped", &EpochRecord::skipped);
  visit("seconds", &EpochRecord::seconds);
  visit("samples_per_second", &EpochRecord::samples_per_second);
}

/// Gives every rank what rank 0 has. Collective.
void broadcast_history(const Communicator& comm, TrainingHistory& history);
void broadcast_state(const Communicator& comm, TrainingState& state);

}  // namespace bornflow
