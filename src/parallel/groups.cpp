#include "bornflow/parallel/groups.hpp"

#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

int checked(const Communicator& world, int ranks_per_group) {
  if (ranks_per_group < 1 || world.size() % ranks_per_group != 0)
    throw UserError("[parallel] ranks_per_group = " + std::to_string(ranks_per_group) + " does not divide the " +
                    std::to_string(world.size()) + " ranks. Choose a divisor, or start another number of ranks.");
  return ranks_per_group;
}

}  // namespace

Groups::Groups(const Communicator& world, int ranks_per_group)
    : world_(world.duplicate()),
      domain_(world.split(world.rank() / checked(world, ranks_per_group))),
      across_(world.split(world.rank() % ranks_per_group)) {}

}  // namespace bornflow
