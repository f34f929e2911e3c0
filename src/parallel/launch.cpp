#include "bornflow/parallel/launch.hpp"

#include <cstdlib>

namespace bornflow {

namespace {

// SLURM numbers the steps that are not srun's (batch script, interactive shell, extern) down from the largest number.
constexpr unsigned long first_special_step = 0xfffffff0UL;

// -1 when it is not there or not a number.
long number_of(const Environment& environment, const char* name) {
  const char* text = environment(name);
  if (text == nullptr || *text < '0' || *text > '9') return -1;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *end == '\0' ? value : -1;
}

bool is_set(const Environment& environment, const char* name) { return environment(name) != nullptr; }

// mpirun and mpiexec (Open MPI; MPICH's Hydra and its relatives) tell their ranks so, and srun does not.
bool started_by_mpirun(const Environment& environment) {
  return is_set(environment, "OMPI_COMM_WORLD_SIZE") || is_set(environment, "HYDI_CONTROL_FD") ||
         is_set(environment, "HYDRA_PROXY_ID") || is_set(environment, "MPIEXEC_HOSTNAME");
}

std::string offer_of(const Environment& environment) {
  if (is_set(environment, "PMIX_RANK") || is_set(environment, "PMIX_NAMESPACE")) return "PMIx";
  if (is_set(environment, "PMI_RANK") || is_set(environment, "PMI_FD")) return "PMI-2";
  return "";
}

}  // namespace

SrunStep read_srun_step(const Environment& environment) {
  SrunStep step;
  const long id = number_of(environment, "SLURM_STEP_ID");
  if (id < 0 || static_cast<unsigned long>(id) >= first_special_step || started_by_mpirun(environment)) return step;
  const long processes = number_of(environment, "SLURM_STEP_NUM_TASKS");
  const long process = number_of(environment, "SLURM_PROCID");
  if (processes < 1) return step;
  step.processes = static_cast<int>(processes);
  step.process = process < 0 ? 0 : static_cast<int>(process);
  step.offered = offer_of(environment);
  return step;
}

std::string launch_problem(const SrunStep& step, int world_size) {
  if (world_size != 1 || step.processes <= 1) return "";
  const std::string n = std::to_string(step.processes);
  const std::string offer = step.offered.empty() ? "offers no PMI" : "offers " + step.offered + ", which this MPI does not use";
  return "srun started " + n + " processes, but MPI made each a run of one rank: srun " + offer +
         ". Nothing was run. Start 'srun --mpi=pmix bornflow ...', or another type of 'srun --mpi=list' that this MPI "
         "library was built for; 'mpirun -n " + n + " bornflow ...' works too. For one rank: 'srun -n 1'.";
}

}  // namespace bornflow
