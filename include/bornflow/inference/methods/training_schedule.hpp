#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace bornflow {

/// How a flow is trained by whatever objective.
struct TrainingSchedule {
  int epochs = 25;
  int batch = 64;
  /// Step size of update `step` of `steps`.
  std::function<double(std::int64_t step, std::int64_t steps)> learning_rate;
  std::uint64_t seed = 1;
};

/// Updates of the schedule on a set of `count`; the last batch of an epoch may be smaller.
std::int64_t updates(const TrainingSchedule& schedule, int count);
/// The numbers 0 ... count - 1 in the order of this epoch: a function of (seed, epoch).
std::vector<int> epoch_order(int count, std::uint64_t seed, int epoch);

/// Calls update(numbers of the batch, learning rate) for every update in order.
void for_each_update(const TrainingSchedule& schedule, int count,
                     const std::function<void(const std::vector<int>& numbers, double learning_rate)>& update);

}  // namespace bornflow
