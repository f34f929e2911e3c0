#pragma once

#include <algorithm>
#include <cstdint>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Number of single-source wave equations solved; a batch of b fields counts as b. Whole numbers, so that a sum is the same
/// to the bit however ranks and restarts cut it.
struct SolveLedger {
  std::int64_t forward = 0;       ///< background and scattered fields
  std::int64_t adjoint = 0;
  std::int64_t rerun_steps = 0;   ///< time steps of background fields again, forwards or backwards, where the storage needs them
  std::int64_t steps = 1;         ///< time steps of one solve

  double rerun() const { return static_cast<double>(rerun_steps) / static_cast<double>(steps); }
  double total() const { return static_cast<double>(forward + adjoint) + rerun(); }

  SolveLedger& operator+=(const SolveLedger& other) {
    forward += other.forward;
    adjoint += other.adjoint;
    rerun_steps += other.rerun_steps;
    steps = std::max(steps, other.steps);   // an empty ledger has one step
    return *this;
  }
  SolveLedger& operator-=(const SolveLedger& other) {
    forward -= other.forward;
    adjoint -= other.adjoint;
    rerun_steps -= other.rerun_steps;
    return *this;
  }
};

/// Of all members of `comm`, where each has solved waves of its own shots. Collective.
inline SolveLedger sum_of(const Communicator& comm, const SolveLedger& mine) {
  return {comm.sum(mine.forward), comm.sum(mine.adjoint), comm.sum(mine.rerun_steps), comm.max(mine.steps)};
}

}  // namespace bornflow
