#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bornflow/parallel/communicator.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/pair_dataset.hpp"
#include "flows/training/training_options.hpp"

namespace bornflow {

/// What training tells and asks its surroundings; every function may be empty.
struct TrainingHooks {
  std::function<bool()> should_stop;                       ///< asked before each step; same answer on all ranks
  std::function<void(int epochs, std::int64_t steps)> on_restart;   ///< what the checkpoint has that is continued
  std::function<void(const EpochRecord&)> on_epoch;        ///< after each epoch, on every rank
  std::function<void(const std::string&)> on_warning;      ///< on every rank
};

/// Where training keeps itself.
struct TrainingFiles {
  std::string product;        ///< flow.h5; empty: nothing is written
  std::string configuration;  ///< everything the weights depend on, as write_configuration takes it

  /// flow.checkpoint.h5 beside the product.
  std::string checkpoint() const;
  /// flow.last_good.h5 beside the product: the best weights of a training that diverged.
  std::string last_good() const;
};

enum class TrainingEnd { all_epochs, early_stopping, interrupted };

struct TrainingResult {
  TrainingEnd end = TrainingEnd::all_epochs;
  int best_epoch = 0;  ///< from 1; 0 without validation samples
  double best_validation_loss = 0;  ///< [nats per sample]
  TrainingHistory history;
};

/// Trains `flow` by maximum likelihood of the pairs, data-parallel over `comm`.
///
/// Each step draws one global batch, whose samples and augmentation depend on (seed, epoch, position) only; ranks take
/// contiguous shares (sizes may differ or be zero) and gradients are divided by the global batch. k ranks follow the loss
/// curve of one rank to round-off; on the same number of ranks, with the same kept_megabytes, a run that was interrupted and
/// continued is bitwise equal to one that was not.
///
/// A checkpoint of the same configuration is continued (Checkpoint says what happens to others). At the end `flow` and
/// the product hold the weights of the best validation loss - the averaged ones where ema_decay > 0 - or the last ones
/// without validation samples; an interrupted training leaves the present weights and a checkpoint. After too many
/// skipped steps in a row, or when no epoch has a finite validation loss: NumericalError that counts the skipped steps;
/// `flow` and last_good() hold the best weights so far, where an epoch was validated. Collective on `comm`.
TrainingResult train(const Communicator& comm, const PairDataset& data, const TrainingOptions& options,
                     const FlowArchitecture& architecture, const TrainingFiles& files, const TrainingHooks& hooks,
                     ConditionalFlow<float>& flow);

}  // namespace bornflow
