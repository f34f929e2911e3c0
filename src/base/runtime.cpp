#include "bornflow/base/runtime.hpp"

#include <petscsys.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "bornflow/base/error.hpp"
#include "bornflow/base/kokkos_compat.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace bornflow {

namespace {

/// Ahead of a wave front the scheme leaves numbers that fall to zero through the denormal ones, with which some processors
/// compute a hundred times slower. Threads that are started later inherit this.
void take_denormals_for_zero() {
#if defined(__SSE2__)
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zero);
#endif
}

}  // namespace

Runtime::Runtime(int& argc, char**& argv) {
  take_denormals_for_zero();
  // A file beyond the size limit is then an error of the write, which has a message, and not the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);   // an MPI that cannot start ends the process itself
  if (provided < MPI_THREAD_FUNNELED) {
    std::fputs("bornflow: this MPI does not support threads (MPI_THREAD_FUNNELED), which Kokkos may use; take another.\n", stderr);
    abort(static_cast<int>(ExitCode::user));
  }
  // MPI errors come back as codes, so that they leave with our message and exit code.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);

  // PETSc never sees our argv; PETSC_OPTIONS and .petscrc stay the user's own affair.
  PETSC_COMM_WORLD = MPI_COMM_WORLD;
  if (PetscInitializeNoArguments() != 0) abort(static_cast<int>(ExitCode::bug));
  PetscPopSignalHandler();

  // Kokkos sees no argv either: the command line belongs to bornflow alone.
  char name[] = "bornflow";
  char* kokkos_argv[] = {name, nullptr};
  int kokkos_argc = 1;
  try {
    Kokkos::initialize(kokkos_argc, kokkos_argv);
  } catch (const std::exception& error) {   // a build for a device on a machine that has none
    std::fprintf(stderr, "bornflow: Kokkos does not start: %s\n", error.what());
    abort(static_cast<int>(ExitCode::user));
  }
}

Runtime::~Runtime() {
  Kokkos::finalize();
  PetscFinalize();
  MPI_Finalize();
}

MPI_Comm Runtime::world() const { return MPI_COMM_WORLD; }

void Runtime::abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace bornflow
