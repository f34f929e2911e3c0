#include "bornflow/inference/methods/training_schedule.hpp"

#include <algorithm>
#include <numeric>

#include "bornflow/base/random.hpp"

namespace bornflow {

std::int64_t updates(const TrainingSchedule& schedule, int count) {
  return std::int64_t{schedule.epochs} * ((count + schedule.batch - 1) / schedule.batch);
}

std::vector<int> epoch_order(int count, std::uint64_t seed, int epoch) {
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  RandomStream stream(seed, Purpose::training_order, static_cast<std::uint64_t>(epoch));
  for (int i = count - 1; i > 0; --i) std::swap(order[i], order[stream.integer(0, i)]);
  return order;
}

void for_each_update(const TrainingSchedule& schedule, int count,
                     const std::function<void(const std::vector<int>& numbers, double learning_rate)>& update) {
  const std::int64_t steps = updates(schedule, count);
  std::int64_t step = 0;
  for (int epoch = 0; epoch < schedule.epochs; ++epoch) {
    const std::vector<int> order = epoch_order(count, schedule.seed, epoch);
    for (int first = 0; first < count; first += schedule.batch) {
      const auto end = order.begin() + std::min(count, first + schedule.batch);
      update(std::vector<int>(order.begin() + first, end), schedule.learning_rate(step++, steps));
    }
  }
}

}  // namespace bornflow
