#pragma once

#include <mpi.h>

namespace bornflow {

/// Starts MPI, PETSc and Kokkos in this order and stops them in reverse. PETSc gets no arguments and no signal handlers.
/// On x86 denormal numbers are taken for zero from here on.
///
/// The only place that touches MPI_COMM_WORLD: everybody else receives a communicator. Every Kokkos view must be gone
/// before the Runtime is destroyed, so keep the program's work in an inner scope.
class Runtime {
public:
  Runtime(int& argc, char**& argv);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  MPI_Comm world() const;

  /// Ends every rank at once with this exit code; the way out for errors, so that no rank hangs in a barrier.
  [[noreturn]] static void abort(int exit_code);
};

}  // namespace bornflow
