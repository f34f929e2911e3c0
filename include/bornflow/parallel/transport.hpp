#pragma once

#include <string>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// How arrays of the kernels' memory reach MPI: handed over as they are, or through a copy on the host.
enum class Transport { staged, direct };

/// The transport for `name` = "auto", "staged" or "direct".
///
/// "auto" is direct where the kernels' memory is host memory or MPI says that it reads device memory, else staged. Direct
/// transport is tried out before it is trusted: a message in the kernels' memory goes around the ring of ranks and must
/// arrive. UserError when "direct" is asked for and MPI cannot do it. Collective on `comm`.
Transport choose_transport(const Communicator& comm, const std::string& name);

std::string name_of(Transport transport);

}  // namespace bornflow
