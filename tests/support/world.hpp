#pragma once

#include "bornflow/parallel/communicator.hpp"

namespace bornflow::test {

/// The communicator of all ranks of the test program.
inline Communicator world() { return Communicator(MPI_COMM_WORLD); }

}  // namespace bornflow::test
