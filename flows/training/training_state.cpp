#include "flows/training/training_state.hpp"

#include <cstddef>
#include <type_traits>

namespace bornflow {

void broadcast_history(const Communicator& comm, TrainingHistory& history) {
  std::vector<double> numbers;
  for_each_column([&](const char*, auto member) {
    for (const EpochRecord& record : history) numbers.push_back(static_cast<double>(record.*member));
  });
  std::vector<std::int64_t> size = {static_cast<std::int64_t>(history.size())};
  comm.broadcast(size);
  comm.broadcast(numbers);
  history.resize(static_cast<std::size_t>(size[0]));
  std::size_t next = 0;
  for_each_column([&](const char*, auto member) {
    for (EpochRecord& record : history)
      record.*member = static_cast<std::decay_t<decltype(record.*member)>>(numbers[next++]);
  });
}

void broadcast_state(const Communicator& comm, TrainingState& state) {
  std::vector<double> numbers;  // integers below 2^53 go through a double unchanged
  for_each_number(state, [&](const char*, const auto& field) { numbers.push_back(static_cast<double>(field)); });
  comm.broadcast(numbers);
  std::size_t next = 0;
  for_each_number(state,
                  [&](const char*, auto& field) { field = static_cast<std::decay_t<decltype(field)>>(numbers[next++]); });
  comm.broadcast(state.best_values);
  broadcast_history(comm, state.history);
}

}  // namespace bornflow
