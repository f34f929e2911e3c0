#include <cstdint>
#include <string>

#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/number.hpp"
#include "bornflow/report/progress.hpp"
#include "flows/training/checkpoint.hpp"
#include "flows/training/trainer.hpp"
#include "src/app/posterior/flow_options.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_train(const RunContext& run) {
  if (already_complete(Product::flow, run)) return TaskResult::complete;
  const RunConfig& config = run.config;
  const std::string pairs_path = require_product(Product::pairs, run);
  const PairDataset data = PairDataset::load(run.world(), pairs_path, config.train.validation,
                                             {config.model.water_rows, has_y_lane(config.flow.network)},
                                             strength_use(config.flow));
  const FlowArchitecture architecture = make_architecture(config);
  const TrainingOptions options = make_training_options(config);
  const auto flow = make_flow<float>(architecture, run.seed());
  run.log.line(flow->description());
  run.log.line(std::to_string(data.n_training()) + " training and " + std::to_string(data.n_validation()) +
               " validation pairs; losses are in nats a pixel");

  const double pixels = static_cast<double>(data.nz()) * data.nx();
  Progress progress(run.log, "train", options.epochs, "epochs");
  TrainingHooks hooks;
  hooks.should_stop = [&] { return run.stop.poll(); };
  hooks.on_warning = [&](const std::string& warning) { run.log.warn(warning); };
  hooks.on_restart = [&](int epochs, std::int64_t steps) {
    progress.go_on_from(epochs);
    run.log.line("RESTART: goes on after " + std::to_string(epochs) + " epochs, " + std::to_string(steps) + " steps");
  };
  hooks.on_epoch = [&](const EpochRecord& record) {
    progress.update(record.epoch, {{"train", record.train_loss / pixels},
                                   {"validation", record.validation_loss / pixels},
                                   {"|gradient|", record.gradient_norm},
                                   {"rate", record.learning_rate},
                                   {"pairs/s", record.samples_per_second},
                                   {"skipped", static_cast<double>(record.skipped)}});
  };
  const TrainingFiles files{run.folder.path(file_name(Product::flow)), configuration_of(Product::flow, run)};
  run_on_root(run.world(), [&] {
    for (const std::string& path : {Checkpoint::previous_path(files.checkpoint()), files.checkpoint()})
      can_continue(path, Product::flow, run);
  });
  ScopedTimer timer(run.timers, "loop");
  const TrainingResult result = train(run.world(), data, options, architecture, files, hooks, *flow);
  progress.finish();
  if (result.end == TrainingEnd::interrupted) return TaskResult::checkpointed;
  std::int64_t skipped = 0;
  for (const EpochRecord& record : result.history) skipped += record.skipped;
  if (skipped > 0)
    run.log.warn(std::to_string(skipped) + " of " + std::to_string(result.history.back().step) +
                 " steps were skipped: their gradient was not finite, or an outlier");
  run.log.line(std::string(result.end == TrainingEnd::early_stopping ? "stopped early; " : "") + "best validation loss " +
               format_significant(result.best_validation_loss / pixels) + " in epoch " + std::to_string(result.best_epoch));
  return TaskResult::complete;
}

}  // namespace bornflow
