#pragma once

#include "flows/network/conditional_flow.hpp"
#include "flows/training/normalisation.hpp"
#include "flows/training/training_options.hpp"
#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// Only a condition network reads channels that are constant over the image.
inline StrengthUse strength_use(const FlowSection& flow) {
  return flow.network == "glow" && flow.condition_features > 0 ? StrengthUse::told : StrengthUse::divided;
}

/// The network of [flow] on [grid].
inline FlowArchitecture make_architecture(const RunConfig& config) {
  FlowArchitecture architecture;
  architecture.network = config.flow.network;
  architecture.nz = config.grid.nz;
  architecture.nx = config.grid.nx;
  architecture.hidden = config.flow.hidden;
  architecture.depth = config.flow.depth;
  architecture.scales = config.flow.scales;
  architecture.condition_features = config.flow.network == "glow" ? config.flow.condition_features : 0;
  architecture.condition_scalars = strength_use(config.flow) == StrengthUse::told ? 1 : 0;
  architecture.condition_channels = 1 + architecture.condition_scalars;
  architecture.clamp = config.flow.clamp;
  architecture.final_relu = config.flow.final_relu;
  return architecture;
}

/// The training of [train].
inline TrainingOptions make_training_options(const RunConfig& config) {
  const TrainSection& train = config.train;
  TrainingOptions options;
  options.epochs = train.epochs;
  options.batch = train.batch;
  options.learning_rate = train.learning_rate;
  options.schedule = train.schedule == "cosine" ? LearningRateSchedule::cosine : LearningRateSchedule::constant;
  options.warmup_steps = train.warmup_steps;
  options.clip_norm = train.clip_norm;
  options.weight_decay = train.weight_decay;
  options.ema_decay = train.ema_decay;
  options.patience = train.patience;
  options.seed = static_cast<std::uint64_t>(config.run.seed);
  options.augmentation = {train.flip, train.redraw_noise, train.negate, train.gain, train.x_noise};
  options.x_noise_end = train.x_noise_end;
  options.kept_megabytes = train.kept_megabytes;
  return options;
}

}  // namespace bornflow
