#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bornflow/inference/likelihood.hpp"
#include "bornflow/inference/methods/training_schedule.hpp"
#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow {

/// What a flow sees of the data.
enum class AspireCondition {
  score,              ///< the score alone: enough for one common fiducial, a loss afterwards, since it vanishes at the
                      ///< model of largest likelihood whatever the data
  score_and_fiducial  ///< and the fiducial where it was taken
};

struct AspireOptions {
  int iterations = 4;
  int mean_samples = 64;   ///< posterior samples of which a new fiducial is the mean
  AspireCondition condition = AspireCondition::score_and_fiducial;
  TrainingSchedule schedule;
};

/// Amortised posteriors that refine themselves (ASPIRE: Orozco et al. 2025, Inverse Problems 41(4) 045001). The summary of
/// data y is the score at a fiducial model x0, the gradient of log p(y|x) there; for j = 0, 1, ... iterations - 1
///
///   score_j = grad log p(y | x_j),   flow j is trained on pairs (x, score_j and x_j),
///   x_{j+1} = E[x | score_j, x_j] by flow j
///
/// Offline, on training pairs, this costs one forward and one adjoint solve a pair and iteration; online, on any data, the
/// same, and no training. Each flow is trained from scratch.
class Aspire {
public:
  /// `fiducial` is x_0 of every data set. The likelihood must outlive this object; its ledger counts the scores.
  Aspire(Likelihood& likelihood, const std::vector<double>& fiducial, const AspireOptions& options);

  /// Offline, on pairs: fills the flows.
  void train(const Batch& x, const Batch& y, const FlowMaker& make_flow);

  /// What the flows say of these data, iteration after iteration: calls visit(j, flow j, its conditions), one row for each
  /// row of y. `first` numbers the data sets, for their random numbers. One forward and one adjoint solve for each data set
  /// and iteration.
  void infer(const Batch& y, std::uint64_t first,
             const std::function<void(int iteration, TrainableFlow& flow, const Batch& conditions)>& visit);

  int condition_size() const;
  const std::vector<std::vector<double>>& losses() const { return losses_; }  ///< of each epoch of each iteration

private:
  Batch conditions(const Batch& y, const Batch& fiducials);
  Batch next_fiducials(int iteration, const Batch& conditions, std::uint64_t first);

  Likelihood& likelihood_;
  std::vector<double> fiducial_;
  AspireOptions options_;
  std::vector<std::unique_ptr<TrainableFlow>> flows_;
  std::vector<std::vector<double>> losses_;
};

}  // namespace bornflow
