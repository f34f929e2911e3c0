#pragma once

#include <string>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// How arrays of the kernels' memory reach MPI: handed over as they are, or through a copy on the host.
enum class Transport { staged, direct };

/// The transport for `name` = "auto", "staged" or "direct".
///
/// "auto" is direct where MPI reads the kernels' memory on all ranks (mpi_claims_kernel_memory), else staged. Direct
/// transport is tried out before it is trusted: a message in the kernels' memory goes around the ring of ranks and must
/// arrive. UserError when "direct" is asked for and MPI cannot do it. Collective on `comm`.
Transport choose_transport(const Communicator& comm, const std::string& name, bool mpi_reads_kernel_memory);

/// What MPI says of itself; true where the kernels' memory is host memory. Asking is safer than trying: an MPI that cannot read
/// device memory crashes when it tries.
bool mpi_claims_kernel_memory();

std::string name_of(Transport transport);

}  // namespace bornflow
