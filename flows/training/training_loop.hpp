#pragma once

#include <chrono>
#include <optional>

#include "flows/training/checkpoint.hpp"
#include "flows/training/gradient_reduction.hpp"
#include "flows/training/sample_order.hpp"
#include "flows/training/trainer.hpp"

namespace bornflow::detail {

/// One training: the parts that train() puts together.
class TrainingLoop {
public:
  TrainingLoop(const Communicator& comm, const PairDataset& data, const TrainingOptions& options,
               const FlowArchitecture& architecture, const TrainingFiles& files, const TrainingHooks& hooks,
               ConditionalFlow<float>& flow);
  TrainingResult run();

private:
  using Clock = std::chrono::steady_clock;

  void initialise_flow();
  void take_step();
  bool is_usable(double loss, double gradient_norm) const;
  void accept(double loss, double gradient_norm, double learning_rate);
  void skip(double loss, double gradient_norm);
  [[noreturn]] void diverge(const std::string& what);
  void end_epoch();
  double validation_loss();
  void keep_the_best(double validation_loss);
  void check_that_ranks_agree() const;
  bool is_checkpoint_due_by_time() const;
  enum class OnFailure { warn, fail };
  void save_checkpoint(OnFailure on_failure);
  void use_the_best_weights();
  TrainingResult finish(TrainingEnd end);

  bool patience_is_over() const {
    return options_.patience > 0 && state_.epochs_without_improvement >= options_.patience;
  }
  std::int64_t step_in_epoch() const { return state_.step - static_cast<std::int64_t>(state_.epoch) * epoch_.steps; }
  TrainingParts parts() { return {flow_, adam_, average_, state_}; }

  const Communicator& comm_;
  const PairDataset& data_;
  const TrainingOptions options_;
  const TrainingFiles files_;
  const TrainingHooks hooks_;
  ConditionalFlow<float>& flow_;
  const FlowHeader header_;
  const EpochSteps epoch_;
  const LearningRate learning_rate_;
  Adam adam_;
  WeightAverage average_;
  GradientReduction reduction_;
  Checkpoint checkpoint_;
  TrainingState state_;
  Tensor<float> x_, summary_;
  Clock::time_point last_checkpoint_ = Clock::now();
};

}  // namespace bornflow::detail
