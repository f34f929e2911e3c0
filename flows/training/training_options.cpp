#include "flows/training/training_options.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

template <class T>
void require(bool condition, const char* name, T value, const char* rule) {
  if (condition) return;
  std::ostringstream message;
  message << name << " = " << value << ", must be " << rule;
  throw UserError(message.str());
}

}  // namespace

Augmentation TrainingOptions::augmentation_at(int epoch) const {
  Augmentation due = augmentation;
  if (x_noise_end > 0 && due.x_noise > 0 && epochs > 1)
    due.x_noise *= std::pow(x_noise_end / due.x_noise, std::min(1.0, static_cast<double>(epoch) / (epochs - 1)));
  return due;
}

void TrainingOptions::check() const {
  require(epochs >= 1, "epochs", epochs, "at least 1");
  require(batch >= 1, "batch", batch, "at least 1");
  require(learning_rate > 0 && learning_rate < 1, "learning_rate", learning_rate, "between 0 and 1");
  require(warmup_steps >= 0, "warmup_steps", warmup_steps, "at least 0");
  require(clip_norm >= 0, "clip_norm", clip_norm, "at least 0 (0: no clipping)");
  require(weight_decay >= 0 && weight_decay < 1, "weight_decay", weight_decay, "at least 0 and below 1");
  require(ema_decay >= 0 && ema_decay < 1, "ema_decay", ema_decay, "at least 0 and below 1");
  require(patience >= 0, "patience", patience, "at least 0 (0: no early stopping)");
  require(augmentation.x_noise >= 0, "x_noise", augmentation.x_noise, "at least 0");
  require(augmentation.gain >= 0, "gain", augmentation.gain, "at least 0");
  require(x_noise_end != 0 && x_noise_end <= std::max(augmentation.x_noise, 0.0), "x_noise_end", x_noise_end,
          "above 0 and at most x_noise (negative: x_noise stays as it is)");
  require(kept_megabytes >= 0, "kept_megabytes", kept_megabytes, "at least 0 (0: everything is recomputed)");
  require(outlier_factor == 0 || outlier_factor > 1, "outlier_factor", outlier_factor, "above 1 (0: none is skipped)");
  require(max_skipped_in_row >= 1, "max_skipped_in_row", max_skipped_in_row, "at least 1");
  require(checkpoint_every_epochs >= 0, "checkpoint_every_epochs", checkpoint_every_epochs, "at least 0");
  require(checkpoint_every_seconds >= 0, "checkpoint_every_seconds", checkpoint_every_seconds, "at least 0");
}

}  // namespace bornflow
