#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/report/number.hpp"
#include "flows/training/stored_array.hpp"
#include "flows/training/training_loop.hpp"

namespace bornflow::detail {

void TrainingLoop::take_step() {
  const auto started = Clock::now();
  const WorkRange share = contiguous_share(epoch_.batch, comm_.rank(), comm_.size());
  const std::int64_t first = step_in_epoch() * epoch_.batch;
  data_.fill_training({options_.seed, state_.epoch, {first + share.begin, first + share.end},
                       options_.augmentation_at(state_.epoch)}, x_, summary_);
  flow_.parameters().zero_gradients();
  std::vector<double> losses;
  if (share.size() > 0) losses = flow_.loss_and_gradient(x_, summary_, 1.0 / epoch_.batch);

  // The losses of the batch come in the order of the samples, so their sum does not depend on the number of ranks.
  losses = comm_.concatenate(losses);
  const double loss = std::accumulate(losses.begin(), losses.end(), 0.0) / epoch_.batch;
  const double norm = reduction_.sum(flow_.parameters().gradients());
  if (is_usable(loss, norm))
    accept(loss, norm, learning_rate_.at(state_.step));
  else
    skip(loss, norm);
  ++state_.step;
  const std::chrono::duration<double> passed = Clock::now() - started;
  state_.training_seconds += passed.count();
  state_.seconds += passed.count();
}

bool TrainingLoop::is_usable(double loss, double gradient_norm) const {
  constexpr int steps_to_know_the_usual = 20;
  if (!std::isfinite(loss) || !std::isfinite(gradient_norm)) return false;
  return options_.outlier_factor == 0 || state_.accepted_in_all < steps_to_know_the_usual ||
         gradient_norm <= options_.outlier_factor * state_.usual_norm;
}

void TrainingLoop::accept(double loss, double gradient_norm, double learning_rate) {
  adam_.step(flow_.parameters(), learning_rate, clip_scale(gradient_norm, options_.clip_norm));
  average_.update(flow_.parameters());
  state_.usual_norm = state_.accepted_in_all == 0 ? gradient_norm : 0.9 * state_.usual_norm + 0.1 * gradient_norm;
  state_.loss_sum += loss;
  state_.norm_sum += gradient_norm;
  ++state_.accepted;
  ++state_.accepted_in_all;
  state_.skipped_in_row = 0;
}

void TrainingLoop::skip(double loss, double gradient_norm) {
  ++state_.skipped;
  if (++state_.skipped_in_row < options_.max_skipped_in_row) return;
  diverge("the last " + std::to_string(state_.skipped_in_row) + " steps up to step " + std::to_string(state_.step + 1) +
          " in epoch " + std::to_string(state_.epoch + 1) + " were skipped (loss " + format_significant(loss) +
          ", gradient norm " + format_significant(gradient_norm) + ", usual norm " + format_significant(state_.usual_norm) + ")");
}

void TrainingLoop::end_epoch() {
  const auto started = Clock::now();
  check_that_ranks_agree();
  average_.swap(flow_.parameters());
  const double validation = validation_loss();
  if (data_.n_validation() > 0) keep_the_best(validation);
  average_.swap(flow_.parameters());
  state_.seconds += std::chrono::duration<double>(Clock::now() - started).count();

  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const double accepted = static_cast<double>(state_.accepted);
  EpochRecord record;
  record.epoch = ++state_.epoch;
  record.step = state_.step;
  record.train_loss = state_.accepted > 0 ? state_.loss_sum / accepted : nan;
  record.validation_loss = validation;
  record.gradient_norm = state_.accepted > 0 ? state_.norm_sum / accepted : nan;
  record.learning_rate = learning_rate_.at(state_.step - 1);
  record.skipped = state_.skipped;
  record.seconds = state_.seconds;
  record.samples_per_second = static_cast<double>(epoch_.steps) * epoch_.batch / state_.training_seconds;
  state_.history.push_back(record);
  state_.loss_sum = state_.norm_sum = state_.training_seconds = state_.seconds = 0;
  state_.accepted = state_.skipped = 0;
  if (hooks_.on_epoch) hooks_.on_epoch(record);
}

double TrainingLoop::validation_loss() {
  if (data_.n_validation() == 0) return std::numeric_limits<double>::quiet_NaN();
  const WorkRange share = contiguous_share(data_.n_validation(), comm_.rank(), comm_.size());
  const std::int64_t piece = (epoch_.batch + comm_.size() - 1) / comm_.size();  // the memory of a training step
  std::vector<double> losses;
  for (std::int64_t first = share.begin; first < share.end; first += piece) {
    data_.fill_validation({first, std::min(first + piece, share.end)}, x_, summary_);
    const auto part = flow_.loss(x_, summary_);
    losses.insert(losses.end(), part.begin(), part.end());
  }
  losses = comm_.concatenate(losses);
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

void TrainingLoop::keep_the_best(double validation_loss) {
  if (!(validation_loss < state_.best_validation_loss)) {  // NaN is no improvement
    ++state_.epochs_without_improvement;
    return;
  }
  state_.best_validation_loss = validation_loss;
  state_.best_epoch = state_.epoch + 1;
  state_.epochs_without_improvement = 0;
  state_.best_values = to_host(flow_.parameters().values());
}

void TrainingLoop::check_that_ranks_agree() const {
  const auto values = to_host(flow_.parameters().values());
  const auto digest = static_cast<std::int64_t>(array_digest(values.data(), values.size()) >> 1);
  BORNFLOW_REQUIRE(comm_.max(digest) == -comm_.max(-digest),
                   "the weights of the ranks differ after epoch " + std::to_string(state_.epoch + 1));
}

}  // namespace bornflow::detail
