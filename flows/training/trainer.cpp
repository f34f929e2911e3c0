#include "flows/training/trainer.hpp"

#include <filesystem>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "flows/training/stored_array.hpp"
#include "flows/training/training_loop.hpp"

namespace bornflow {

namespace detail {

// The loop itself; every step of it has a function of its own below or in training_step.cpp.
TrainingResult TrainingLoop::run() {
  const bool keeps_files = !files_.product.empty();
  const bool continues = keeps_files && checkpoint_.restore(parts(), hooks_.on_warning);
  if (!continues) initialise_flow();
  if (continues && hooks_.on_restart) hooks_.on_restart(state_.epoch, state_.step);

  while (state_.epoch < options_.epochs && !patience_is_over()) {
    while (step_in_epoch() < epoch_.steps) {
      if (hooks_.should_stop && hooks_.should_stop()) {
        save_checkpoint(OnFailure::fail);
        return finish(TrainingEnd::interrupted);
      }
      take_step();
      if (is_checkpoint_due_by_time()) save_checkpoint(OnFailure::warn);
    }
    end_epoch();
    if (options_.checkpoint_every_epochs > 0 && state_.epoch % options_.checkpoint_every_epochs == 0)
      save_checkpoint(OnFailure::warn);
  }
  return finish(patience_is_over() ? TrainingEnd::early_stopping : TrainingEnd::all_epochs);
}

TrainingLoop::TrainingLoop(const Communicator& comm, const PairDataset& data, const TrainingOptions& options,
                           const FlowArchitecture& architecture, const TrainingFiles& files,
                           const TrainingHooks& hooks, ConditionalFlow<float>& flow)
    : comm_(comm), data_(data), options_(options), files_(files), hooks_(hooks), flow_(flow),
      header_{architecture, data.normalisation()},
      epoch_(epoch_steps(data.n_training(), options.batch)),
      learning_rate_{options.learning_rate, options.schedule, options.warmup_steps,
                     static_cast<std::int64_t>(options.epochs) * epoch_.steps},
      adam_(flow.parameters(), [&] { Adam::Options o; o.weight_decay = options.weight_decay; return o; }()),
      average_(flow.parameters(), options.ema_decay),
      reduction_(comm, flow.parameters().size()),
      checkpoint_(comm, files.checkpoint(), files.configuration, header_) {
  flow_.keep_activations(static_cast<std::size_t>(1e6 * options.kept_megabytes));
}

void TrainingLoop::initialise_flow() {
  if (!flow_.initialised()) {
    // One global batch, not a rank's share of it: ActNorm must not depend on the number of ranks.
    data_.fill_training({options_.seed, 0, {0, epoch_.batch}, {}}, x_, summary_);
    flow_.initialise(x_, summary_);
  }
  // Ranks compute the same on equal processors; the broadcast makes it true on mixed ones.
  auto values = to_host(flow_.parameters().values());
  comm_.broadcast(values);
  from_host(values, flow_.parameters().values());
  average_ = WeightAverage(flow_.parameters(), options_.ema_decay);
}

bool TrainingLoop::is_checkpoint_due_by_time() const {
  if (files_.product.empty() || options_.checkpoint_every_seconds <= 0) return false;
  const std::chrono::duration<double> waited = Clock::now() - last_checkpoint_;
  std::vector<int> due = {waited.count() >= options_.checkpoint_every_seconds};
  comm_.broadcast(due);  // clocks differ, so rank 0 decides
  return due[0] != 0;
}

void TrainingLoop::save_checkpoint(OnFailure on_failure) {
  if (files_.product.empty()) return;
  last_checkpoint_ = Clock::now();
  try {
    checkpoint_.save(parts());
  } catch (const IoError& error) {
    // Hours of training should not end because the disk is full for a while; the older checkpoint is still there.
    if (on_failure == OnFailure::fail) throw;
    if (hooks_.on_warning) hooks_.on_warning(std::string("no checkpoint was written, training goes on: ") + error.what());
  }
}

void TrainingLoop::use_the_best_weights() {
  if (!state_.best_values.empty())
    from_host(state_.best_values, flow_.parameters().values());
  else
    average_.swap(flow_.parameters());
}

TrainingResult TrainingLoop::finish(TrainingEnd end) {
  flow_.keep_activations(0);  // what follows training does not need the memory
  if (end != TrainingEnd::interrupted) {
    if (data_.n_validation() > 0 && state_.best_epoch == 0)
      diverge("no epoch of " + std::to_string(state_.epoch) + " has a finite validation loss");
    use_the_best_weights();
    if (!files_.product.empty()) {
      run_on_root(comm_, [&] { save_flow(files_.product, header_, flow_, state_.history, files_.configuration); });
      checkpoint_.remove();
    }
  }
  return {end, state_.best_epoch, state_.best_validation_loss, state_.history};
}

}  // namespace detail

namespace {

std::string beside(const std::string& product, const char* word) {
  std::filesystem::path path(product);
  const std::string ending = path.extension().string();
  return path.replace_extension().string() + word + ending;
}

}  // namespace

std::string TrainingFiles::checkpoint() const { return beside(product, ".checkpoint"); }
std::string TrainingFiles::last_good() const { return beside(product, ".last_good"); }

TrainingResult train(const Communicator& comm, const PairDataset& data, const TrainingOptions& options,
                     const FlowArchitecture& architecture, const TrainingFiles& files, const TrainingHooks& hooks,
                     ConditionalFlow<float>& flow) {
  options.check();
  if (options.augmentation.redraw_noise && !data.has_summary_noise())
    throw UserError("training: redraw_noise is on, but the pairs have no /summary_noise; switch it off or make the "
                    "pairs again");
  if (data.nz() != architecture.nz || data.nx() != architecture.nx)
    throw UserError("training: the pairs are images of " + std::to_string(data.nz()) + " x " +
                    std::to_string(data.nx()) + " points (nz x nx), the network is for " +
                    std::to_string(architecture.nz) + " x " + std::to_string(architecture.nx));
  return detail::TrainingLoop(comm, data, options, architecture, files, hooks, flow).run();
}

}  // namespace bornflow
