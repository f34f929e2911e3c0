#include "bornflow/inference/methods/aspire.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/methods/amortized_training.hpp"

namespace bornflow {

namespace {

Batch repeated(const std::vector<double>& row, int count) {
  Batch batch(count, static_cast<int>(row.size()));
  for (int i = 0; i < count; ++i) std::copy(row.begin(), row.end(), batch.row(i));
  return batch;
}

}  // namespace

Aspire::Aspire(Likelihood& likelihood, const std::vector<double>& fiducial, const AspireOptions& options)
    : likelihood_(likelihood), fiducial_(fiducial), options_(options) {
  BORNFLOW_REQUIRE(static_cast<int>(fiducial.size()) == likelihood.model_size(), "a fiducial of another size than models");
}

int Aspire::condition_size() const {
  return likelihood_.model_size() * (options_.condition == AspireCondition::score ? 1 : 2);
}

Batch Aspire::conditions(const Batch& y, const Batch& fiducials) {
  const Batch scores = likelihood_.with_gradients(fiducials, y).gradients;
  return options_.condition == AspireCondition::score ? scores : side_by_side(scores, fiducials);
}

// Every iteration draws latents of its own, from the same numbers in training as for data seen later.
Batch Aspire::next_fiducials(int iteration, const Batch& conditions, std::uint64_t first) {
  const std::uint64_t stream = (static_cast<std::uint64_t>(iteration) << 48) + first;
  return posterior_means(*flows_[iteration], conditions, options_.mean_samples, options_.schedule.seed, stream);
}

void Aspire::train(const Batch& x, const Batch& y, const FlowMaker& make_flow) {
  flows_.clear(), losses_.clear();
  Batch fiducials = repeated(fiducial_, x.count);
  for (int j = 0; j < options_.iterations; ++j) {
    const Batch seen = conditions(y, fiducials);
    flows_.push_back(make_flow(condition_size(), j));
    flows_[j]->initialise(x, seen);
    losses_.push_back(train_on_pairs(*flows_[j], x, seen, options_.schedule));
    if (j + 1 < options_.iterations) fiducials = next_fiducials(j, seen, 0);
  }
}

void Aspire::infer(const Batch& y, std::uint64_t first,
                   const std::function<void(int iteration, TrainableFlow& flow, const Batch& conditions)>& visit) {
  BORNFLOW_REQUIRE(static_cast<int>(flows_.size()) == options_.iterations, "train() comes first");
  Batch fiducials = repeated(fiducial_, y.count);
  for (int j = 0; j < options_.iterations; ++j) {
    const Batch seen = conditions(y, fiducials);
    visit(j, *flows_[j], seen);
    if (j + 1 < options_.iterations) fiducials = next_fiducials(j, seen, first);
  }
}

}  // namespace bornflow
