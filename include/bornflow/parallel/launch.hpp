#pragma once

#include <functional>
#include <string>

namespace bornflow {

/// How srun started this process, as its environment says.
///
/// srun and the MPI library must speak the same language (PMIx, PMI-2). Where they do not, MPI starts every process as a
/// program of one rank: N runs that write the same files, each without an error. srun says how many it started, so this
/// can be seen.
struct SrunStep {
  int processes = 0;    ///< that srun started together; 0: this process was not started by srun itself
  int process = 0;      ///< number of this one
  std::string offered;  ///< "PMIx" or "PMI-2", what srun offers to MPI; empty: nothing
};

/// Value of an environment variable, or null.
using Environment = std::function<const char*(const char* name)>;

/// Reads the variables of SLURM. Call before MPI starts: it sets variables of its own. Ranks of an mpirun inside of a job
/// are not started by srun, even where mpirun uses srun to reach the other nodes.
SrunStep read_srun_step(const Environment& environment);

/// What is wrong, and the cure, when srun started several processes but this MPI world has one rank; empty when all is well.
std::string launch_problem(const SrunStep& step, int world_size);

}  // namespace bornflow
