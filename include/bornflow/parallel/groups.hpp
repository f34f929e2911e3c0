#pragma once

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// World = groups x domain. A group is a set of ranks that share one wavefield (its domain communicator splits the
/// grid); groups take independent work: shots and samples.
class Groups {
public:
  /// `ranks_per_group` must divide the number of ranks; otherwise UserError. Collective on `world`.
  Groups(const Communicator& world, int ranks_per_group);

  const Communicator& world() const { return world_; }
  const Communicator& domain() const { return domain_; }
  /// The ranks with the same place in their groups; its rank is the number of the group.
  const Communicator& across() const { return across_; }
  int count() const { return across_.size(); }
  int index() const { return across_.rank(); }

private:
  Communicator world_;
  Communicator domain_;
  Communicator across_;
};

}  // namespace bornflow
