#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/base/out_of_memory.hpp"
#include "bornflow/base/runtime.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/launch.hpp"
#include "bornflow/report/stop_request.hpp"
#include "src/app/application.hpp"

namespace {

using bornflow::ExitCode;

// A rank that is alone can leave in peace, without MPI's words on an abort, unless a file that it could not write or a bug may keep
// libraries from closing.
bool can_leave(int size, ExitCode code) { return size == 1 && code != ExitCode::io && code != ExitCode::bug; }

// Says why, and ends all ranks unless this one can leave. Where every rank fails alike, the first one speaks and the others are gone
// before they do. Returns the exit status.
int fail(int rank, const std::string& message, ExitCode code, bool leaves) {
  if (rank != 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  const std::string who = rank == 0 ? "bornflow: " : "bornflow [rank " + std::to_string(rank) + "]: ";
  std::fprintf(stderr, "%s%s\n", who.c_str(), message.c_str());
  std::fflush(stderr);
  if (!leaves) bornflow::Runtime::abort(static_cast<int>(code));
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace bornflow;
  const HeldStopSignals held;
  const SrunStep step = read_srun_step([](const char* name) { return std::getenv(name); });
  // 1. MPI, PETSc, Kokkos. Everything that holds a view or a communicator lives in the scope below and is gone first.
  Runtime runtime(argc, argv);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  int rank = 0, size = 1;
  try {
    const Communicator world(runtime.world());
    rank = world.rank(), size = world.size();

    // 2. Command line and parameters. All ranks read the same, so all fail alike and can leave in peace.
    std::unique_ptr<Application> application;
    try {
      application = std::make_unique<Application>(world, arguments);
    } catch (const UserError& error) {
      if (world.is_root()) std::fprintf(stderr, "bornflow: %s\n", error.what());
      return static_cast<int>(error.code());
    }

    // Here every process believes that it is rank 0 of 1; only srun's numbers tell them apart.
    const std::string problem = application->runs_tasks() ? launch_problem(step, world.size()) : "";
    if (!problem.empty()) {
      if (step.process == 0) std::fprintf(stderr, "bornflow: %s\n", problem.c_str());
      return static_cast<int>(ExitCode::user);
    }

    // 3. The tasks. A rank that fails alone ends the others through MPI_Abort, so that none waits for it.
    application->run();
    return static_cast<int>(ExitCode::done);
  } catch (const Error& error) {
    return fail(rank, error.what(), error.code(), can_leave(size, error.code()));
  } catch (const std::exception& error) {
    if (is_out_of_memory(error))
      return fail(rank, "out of memory. 'bornflow ... --dry-run' prints what waves and pairs need on each rank; another [wave] storage, a smaller "
                 "background_memory or [train] batch, and fewer ranks a node reduce it.", ExitCode::user, false);
    return fail(rank, std::string("bug: ") + error.what(), ExitCode::bug, false);
  }
}
