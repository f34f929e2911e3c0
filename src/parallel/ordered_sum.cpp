#include "bornflow/parallel/ordered_sum.hpp"

#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/pieces.hpp"

namespace bornflow {

OrderedSum::OrderedSum(std::int64_t n_items, std::size_t array_size)
    : n_items_(n_items), array_size_(array_size), top_level_(0) {
  while ((std::int64_t{1} << top_level_) < n_items_) ++top_level_;
}

template <class T>
void OrderedSum::add(std::int64_t item, const T* values) {
  BORNFLOW_REQUIRE(item >= 0 && item < n_items_, "item " + std::to_string(item) + " is outside the sum");
  insert({0, item}, std::vector<double>(values, values + array_size_));
}

template void OrderedSum::add(std::int64_t, const float*);
template void OrderedSum::add(std::int64_t, const double*);

void OrderedSum::insert(Node node, std::vector<double> values) {
  while (node.level < top_level_) {
    const Node sibling{node.level, node.index ^ 1};
    if (exists(sibling)) {
      const auto found = nodes_.find(sibling);
      if (found == nodes_.end()) break;
      // Left plus right, whichever came first. Addition commutes, so no order of arrival shows in the bits.
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += found->second[i];
      nodes_.erase(found);
    }
    node = {node.level + 1, node.index / 2};
  }
  const bool is_new = nodes_.emplace(node, std::move(values)).second;
  BORNFLOW_REQUIRE(is_new, "an item was added twice");
}

std::vector<double> OrderedSum::total(const Communicator& comm) {
  const int tag = 1;
  if (comm.rank() != 0) {
    std::int64_t count = static_cast<std::int64_t>(nodes_.size());
    check_mpi(MPI_Send(&count, 1, MPI_INT64_T, 0, tag, comm.get()), "MPI_Send");
    for (const auto& [node, values] : nodes_) {
      const std::int64_t place[2] = {node.level, node.index};
      check_mpi(MPI_Send(place, 2, MPI_INT64_T, 0, tag, comm.get()), "MPI_Send");
      const double* const from = values.data();
      for_each_piece(static_cast<std::int64_t>(values.size()), [&](std::int64_t first, int n) {
        check_mpi(MPI_Send(from + first, n, MPI_DOUBLE, 0, tag, comm.get()), "MPI_Send");
      });
    }
    nodes_.clear();
  } else {
    for (int source = 1; source < comm.size(); ++source) {
      std::int64_t count = 0;
      check_mpi(MPI_Recv(&count, 1, MPI_INT64_T, source, tag, comm.get(), MPI_STATUS_IGNORE), "MPI_Recv");
      for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t place[2];
        std::vector<double> values(array_size_);
        check_mpi(MPI_Recv(place, 2, MPI_INT64_T, source, tag, comm.get(), MPI_STATUS_IGNORE), "MPI_Recv");
        for_each_piece(static_cast<std::int64_t>(array_size_), [&](std::int64_t first, int n) {
          check_mpi(MPI_Recv(values.data() + first, n, MPI_DOUBLE, source, tag, comm.get(), MPI_STATUS_IGNORE), "MPI_Recv");
        });
        insert({static_cast<int>(place[0]), place[1]}, std::move(values));
      }
    }
  }
  std::vector<double> result(array_size_, 0.0);
  if (comm.rank() == 0 && n_items_ > 0) {
    BORNFLOW_REQUIRE(nodes_.size() == 1 && nodes_.begin()->first.level == top_level_, "not every item was added");
    result = std::move(nodes_.begin()->second);
    nodes_.clear();
  }
  comm.broadcast(result);
  return result;
}

}  // namespace bornflow
