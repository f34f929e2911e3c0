#include "bornflow/parallel/launch.hpp"

#include <gtest/gtest.h>

#include <map>

namespace bornflow {

namespace {

SrunStep step_of(const std::map<std::string, std::string>& variables) {
  return read_srun_step([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

const std::map<std::string, std::string> srun_of_4 = {{"SLURM_JOB_ID", "17"},         {"SLURM_NTASKS", "4"},
                                                      {"SLURM_STEP_ID", "0"},         {"SLURM_STEP_NUM_TASKS", "4"},
                                                      {"SLURM_PROCID", "2"}};

std::map<std::string, std::string> with(std::map<std::string, std::string> variables, const std::string& name,
                                        const std::string& value) {
  variables[name] = value;
  return variables;
}

}  // namespace

TEST(Launch, srun_that_mpi_does_not_understand_is_seen) {
  const SrunStep step = step_of(srun_of_4);
  EXPECT_EQ(step.processes, 4);
  EXPECT_EQ(step.process, 2);
  const std::string problem = launch_problem(step, 1);
  EXPECT_NE(problem.find("srun started 4 processes"), std::string::npos) << problem;
  EXPECT_NE(problem.find("offers no PMI"), std::string::npos) << problem;
  EXPECT_NE(problem.find("srun --mpi=pmix"), std::string::npos) << problem;
}

TEST(Launch, says_what_srun_offered) {
  EXPECT_EQ(step_of(with(srun_of_4, "PMIX_RANK", "2")).offered, "PMIx");
  EXPECT_EQ(step_of(with(srun_of_4, "PMI_FD", "7")).offered, "PMI-2");
  const std::string problem = launch_problem(step_of(with(srun_of_4, "PMI_RANK", "2")), 1);
  EXPECT_NE(problem.find("offers PMI-2, which this MPI does not use"), std::string::npos) << problem;
}

TEST(Launch, a_good_start_is_no_problem) {
  EXPECT_EQ(launch_problem(step_of(with(srun_of_4, "PMIX_RANK", "2")), 4), "");
  EXPECT_EQ(launch_problem(step_of(with(srun_of_4, "SLURM_STEP_NUM_TASKS", "1")), 1), "") << "srun -n 1 in a job of four";
}

TEST(Launch, outside_of_slurm_and_in_a_batch_script_one_rank_is_allowed) {
  EXPECT_EQ(launch_problem(step_of({}), 1), "");
  EXPECT_EQ(launch_problem(step_of({{"SLURM_JOB_ID", "17"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), 1), "");
  // The shell of 'salloc' is a step with a special number.
  EXPECT_EQ(launch_problem(step_of(with(srun_of_4, "SLURM_STEP_ID", "4294967290")), 1), "");
}

TEST(Launch, mpirun_inside_of_a_step_is_its_own_business) {
  // Open MPI's mpirun starts its daemons with srun: ranks on other nodes inherit the step of the daemons.
  EXPECT_EQ(launch_problem(step_of(with(srun_of_4, "OMPI_COMM_WORLD_SIZE", "1")), 1), "");
  EXPECT_EQ(launch_problem(step_of(with(srun_of_4, "HYDI_CONTROL_FD", "5")), 1), "");
}

TEST(Launch, broken_variables_are_no_step) {
  EXPECT_EQ(step_of(with(srun_of_4, "SLURM_STEP_NUM_TASKS", "four")).processes, 0);
  EXPECT_EQ(step_of(with(srun_of_4, "SLURM_STEP_ID", "")).processes, 0);
  EXPECT_EQ(step_of(with(srun_of_4, "SLURM_STEP_ID", "-1")).processes, 0);
}

}  // namespace bornflow
