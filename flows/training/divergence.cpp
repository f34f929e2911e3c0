#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "flows/training/training_loop.hpp"

namespace bornflow::detail {

// Hours of training should not be lost to the step that broke it: the weights of the best epoch go to a file of their own,
// never to the product, which a later run would take for a training that ended well.
void TrainingLoop::diverge(const std::string& what) {
  std::int64_t skipped = state_.skipped, steps = state_.step;
  for (const EpochRecord& record : state_.history) skipped += record.skipped;
  if (state_.skipped > 0) ++steps;  // the one in work
  std::string message = "training diverged: " + what + ". In all, " + std::to_string(skipped) + " of " +
                        std::to_string(steps) + " steps were skipped. ";
  use_the_best_weights();
  if (state_.best_epoch == 0) {
    message += "No epoch was validated before, so there are no good weights to keep. ";
  } else if (!files_.product.empty()) {
    const std::string weights = "The best weights, of epoch " + std::to_string(state_.best_epoch) + ",";
    try {
      run_on_root(comm_, [&] { save_flow(files_.last_good(), header_, flow_, state_.history, files_.configuration); });
      message += weights + " are in " + files_.last_good() + ": rename it to " + files_.product + " to use them. ";
    } catch (const IoError& error) {
      message += weights + " could not be saved (" + error.what() + "). ";
    }
  }
  throw NumericalError(message + "Lower learning_rate or clip_norm, or use warmup_steps" +
                       (files_.product.empty() ? "." : ", and remove " + files_.checkpoint() + "."));
}

}  // namespace bornflow::detail
