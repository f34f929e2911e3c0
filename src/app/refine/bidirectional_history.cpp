#include "src/app/refine/bidirectional_history.hpp"

namespace bornflow {

namespace {

constexpr std::size_t columns = 6;

std::vector<double> numbers_of(const std::vector<BidirectionalLosses>& history) {
  std::vector<double> numbers;
  for (const BidirectionalLosses& l : history)
    numbers.insert(numbers.end(), {l.y, l.padding, l.z, l.x, l.reconstruction, l.likelihood});
  return numbers;
}

}  // namespace

std::vector<BidirectionalLosses> broadcast_history(const std::vector<BidirectionalLosses>& mine, const Communicator& comm,
                                                   int owner) {
  std::vector<double> n = numbers_of(mine);
  comm.broadcast(n, owner);
  std::vector<BidirectionalLosses> history;
  for (std::size_t i = 0; i + columns <= n.size(); i += columns)
    history.push_back({n[i], n[i + 1], n[i + 2], n[i + 3], n[i + 4], n[i + 5]});
  return history;
}

void write_history(Hdf5File& file, const std::string& dataset, const std::vector<BidirectionalLosses>& history) {
  const std::vector<double> numbers = numbers_of(history);
  file.write(dataset, {static_cast<std::int64_t>(history.size()), static_cast<std::int64_t>(columns)}, numbers.data());
  file.write_attribute(dataset, "columns", std::string("y, padding, z, x, reconstruction, likelihood"));
}

}  // namespace bornflow
