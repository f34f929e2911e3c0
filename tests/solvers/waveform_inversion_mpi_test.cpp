#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/world.hpp"
#include "tests/solvers/inversion_problem.hpp"

namespace bornflow {

namespace {

InversionOptions options_of_one_band(int iterations) {
  InversionOptions options;
  options.velocity_min = 1400;
  options.velocity_max = 3200;
  options.corners = {9};
  options.iterations = iterations;
  return options;
}

}  // namespace

// Five shots on 1 to 4 ranks: value, gradient, illumination, and the model that an inversion makes of them.
TEST(WaveformInversionMpi, has_the_same_bits_for_any_number_of_ranks) {
  const auto world = test::world();
  const auto results_of = [](const Communicator& comm) {
    InversionProblem problem = test::lens_problem(comm, 5);
    test::simulate(problem, test::lens(problem));
    InversionOptions options = options_of_one_band(3);
    options.smoothing = 15;
    WaveformMisfit<float> misfit(comm, problem.setup, problem.shots, problem.traces);
    std::vector<double> results, gradient;
    results.push_back(misfit.value_and_gradient(problem.start, gradient));
    results.push_back(misfit.value(problem.start));
    EXPECT_NEAR(results[0], results[1], 1e-6 * results[0]);   // the pass that stores nothing rounds differently
    results.insert(results.end(), gradient.begin(), gradient.end());
    const auto light = misfit.illumination(problem.start);
    results.insert(results.end(), light.begin(), light.end());
    const auto hessian = misfit.linearise(problem.start)->apply_hessian(test::lens(problem));
    results.insert(results.end(), hessian.begin(), hessian.end());
    results.push_back(static_cast<double>(misfit.total_ledger().total()));

    const auto file = std::filesystem::temp_directory_path() /
                      ("bornflow_inversion_mpi_" + std::to_string(getpid()) + "_" + std::to_string(comm.size()) + ".h5");
    for (const auto method : {InversionMethod::quasi_newton, InversionMethod::gauss_newton}) {
      options.method = method;
      InversionState state;
      state.model = problem.start;
      const InversionCheckpoint checkpoint(comm, file.string(), "the test");
      EXPECT_EQ(invert_waveforms(comm, problem, options, checkpoint, {}, state), InversionEnd::complete);
      checkpoint.remove();
      comm.barrier();
      EXPECT_NE(state.model, problem.start);
      results.insert(results.end(), state.model.begin(), state.model.end());
      results.push_back(static_cast<double>(state.ledger.total()));
    }
    return results;
  };
  EXPECT_EQ(results_of(world), results_of(world.split(world.rank())));
}

// The disk is full, or the folder gone: the inversion goes on, and a stop in its second leg finds all ranks in the same
// place, whether or not this one is the one that writes.
TEST(WaveformInversionMpi, goes_on_together_where_no_checkpoint_can_be_written) {
  const auto world = test::world();
  InversionProblem problem = test::lens_problem(world, 5);
  test::simulate(problem, test::lens(problem));
  InversionOptions options = options_of_one_band(4);
  options.restart_every = 2;
  InversionState state;
  state.model = problem.start;
  const InversionCheckpoint checkpoint(world, "/no_such_folder/inversion.h5", "the test");
  std::vector<std::string> warnings;
  InversionHooks hooks;
  int asked = 0;
  hooks.should_stop = [&] { return ++asked >= 5; };   // the start, a step and the end of the first leg; the start and a step of the second
  hooks.on_warning = [&](const std::string& warning) { warnings.push_back(warning); };
  EXPECT_EQ(invert_waveforms(world, problem, options, checkpoint, hooks, state), InversionEnd::interrupted);
  ASSERT_EQ(warnings.size(), 2u);
  for (const std::string& warning : warnings)
    EXPECT_NE(warning.find("no checkpoint was written"), std::string::npos) << warning;
}

}  // namespace bornflow
