#pragma once

#include <functional>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Runs `work` on rank 0 of `comm`; an Error it throws is thrown on every rank, so that none waits for a rank that left.
/// Collective.
void run_on_root(const Communicator& comm, const std::function<void()>& work);

}  // namespace bornflow
