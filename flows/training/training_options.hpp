#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "flows/training/adam.hpp"
#include "flows/training/learning_rate.hpp"
#include "flows/training/pair_dataset.hpp"

namespace bornflow {

/// How a flow is trained. Everything here except the checkpoint intervals and `epochs` under a constant schedule changes
/// the weights, so it belongs into the configuration that a checkpoint is compared with; kept_megabytes need not, because it
/// changes rounding alone.
struct TrainingOptions {
  int epochs = 20;
  int batch = 16;  ///< samples of one step over all ranks
  double learning_rate = 1e-3;
  LearningRateSchedule schedule = LearningRateSchedule::constant;
  int warmup_steps = 0;
  double clip_norm = 10;     ///< bound on the Euclidean norm of the whole gradient; 0: none
  double weight_decay = 0;   ///< decoupled, on arrays named weight...
  double ema_decay = 0;      ///< moving average of the weights, used for validation and the result; 0: off
  int patience = 0;          ///< epochs without a better validation loss before training stops; 0: never
  std::uint64_t seed = 1;    ///< of the order of samples and the augmentation
  Augmentation augmentation;
  double x_noise_end = -1;   ///< x_noise falls geometrically to this in the last epoch; negative: it stays
  double kept_megabytes = 64;    ///< [MB] of each rank for activations that are kept instead of recomputed
  double outlier_factor = 100;   ///< a step is skipped when its gradient is this many times the usual one; 0: never
  int max_skipped_in_row = 20;   ///< then training stops with a NumericalError
  int checkpoint_every_epochs = 1;       ///< 0: none by epochs
  double checkpoint_every_seconds = 0;   ///< [s]; 0: none by time

  /// The augmentation of an epoch, counted from 0: as given, with the x_noise that is due.
  Augmentation augmentation_at(int epoch) const;
  /// UserError that names the value and its rule.
  void check() const;
};

/// One epoch. Losses are in nats per sample for normalised x, without the constant 0.5 log(2 pi) per dimension; divide by
/// the number of pixels for nats per dimension.
struct EpochRecord {
  int epoch = 0;            ///< from 1
  std::int64_t step = 0;    ///< steps so far, skipped ones included
  double train_loss = 0;    ///< mean over the accepted steps of this epoch, with augmentation; NaN when there is none
  double validation_loss = std::numeric_limits<double>::quiet_NaN();  ///< NaN without validation samples
  double gradient_norm = 0; ///< mean over the accepted steps, before clipping
  double learning_rate = 0; ///< of the last step
  std::int64_t skipped = 0; ///< steps of this epoch whose gradient was not finite or an outlier
  double seconds = 0;       ///< [s] of this epoch, validation included; differs between runs and ranks
  double samples_per_second = 0;  ///< over all ranks, validation excluded
};

using TrainingHistory = std::vector<EpochRecord>;

}  // namespace bornflow
