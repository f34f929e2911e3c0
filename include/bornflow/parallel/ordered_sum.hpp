#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Sums one array per item over all items of all ranks, with the same bits for any number of ranks.
///
/// The sum is a fixed binary tree over the item index: the node (level j, k) covers the items [k 2^j, (k+1) 2^j). Items
/// may be added in any order and on any rank; a rank merges the nodes it has both halves of and keeps at most
/// O(log n) arrays when it adds a contiguous range in ascending order. Arithmetic is in double.
class OrderedSum {
public:
  OrderedSum(std::int64_t n_items, std::size_t array_size);

  /// Adds the array of `item`; each item must be added exactly once on exactly one rank of the communicator of total().
  template <class T>
  void add(std::int64_t item, const T* values);

  /// The total, on every rank. Collective; empties this object.
  std::vector<double> total(const Communicator& comm);

private:
  struct Node {
    int level;
    std::int64_t index;
    bool operator<(const Node& other) const {
      return level != other.level ? level < other.level : index < other.index;
    }
  };
  void insert(Node node, std::vector<double> values);
  bool exists(Node node) const { return (node.index << node.level) < n_items_; }

  std::int64_t n_items_;
  std::size_t array_size_;
  int top_level_;
  std::map<Node, std::vector<double>> nodes_;
};

}  // namespace bornflow
