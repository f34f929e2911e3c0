#include "solvers/inversion/waveform_inversion.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <functional>

#include "bornflow/base/error.hpp"
#include "bornflow/io/run_folder.hpp"
#include "solvers/inversion/least_squares.hpp"
#include "support/world.hpp"
#include "tests/solvers/inversion_problem.hpp"

namespace bornflow {

namespace {

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("bornflow_inversion_" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return (path / "checkpoint.h5").string(); }
};

InversionOptions options_of(InversionMethod method) {
  InversionOptions options;
  options.method = method;
  options.velocity_min = 1400;
  options.velocity_max = 3200;
  options.corners = {7, 14};
  options.iterations = 6;
  options.restart_every = 3;
  options.inner_iterations = 4;
  options.smoothing = 12;
  return options;
}

struct Outcome {
  InversionEnd end;
  InversionState state;
};

Outcome invert(const InversionProblem& problem, const InversionOptions& options, const std::string& file,
               InversionHooks hooks = {}) {
  const Communicator self = test::world().split(test::world().rank());
  const InversionCheckpoint checkpoint(self, file, "the test");
  Outcome outcome;
  outcome.state.model = problem.start;
  checkpoint.restore(outcome.state);
  outcome.end = invert_waveforms(self, problem, options, checkpoint, hooks, outcome.state);
  return outcome;
}

InversionProblem lens_of(double height, double depth = 170) {
  InversionProblem problem = test::lens_problem(test::world().split(test::world().rank()));
  test::simulate(problem, test::lens(problem, height, depth));
  return problem;
}

double model_error(const InversionProblem& problem, const std::vector<double>& model, double height) {
  auto truth = test::lens(problem, height);
  std::vector<double> error(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i)
    error[i] = model[i] - problem.start[i] - (truth[i] *= problem.setup.mask[i]);
  return test::norm(error) / test::norm(truth);
}

}  // namespace

// Every band must lower its misfit, and the model come near the truth.
TEST(WaveformInversion, finds_a_lens) {
  const InversionProblem problem = lens_of(-0.03);
  for (const auto method : {InversionMethod::quasi_newton, InversionMethod::gauss_newton}) {
    const Folder folder;
    auto options = options_of(method);
    if (method == InversionMethod::gauss_newton) options.iterations = 2;
    const Outcome outcome = invert(problem, options, folder.file());
    EXPECT_EQ(outcome.end, InversionEnd::complete);
    const auto& history = outcome.state.history;
    ASSERT_EQ(history.size(), 2u * (options.iterations + 1));
    for (std::size_t i = 1; i < history.size(); ++i)
      if (history[i].band == history[i - 1].band) {
        EXPECT_LT(history[i].misfit, history[i - 1].misfit) << i;
      }
    const double error = model_error(problem, outcome.state.model, -0.03);
    const double first_band = history[static_cast<std::size_t>(options.iterations)].relative_misfit;
    std::printf("misfit down to %.4f and %.4f, model error %.3f, %.0f solves\n", first_band,
                history.back().relative_misfit, error, history.back().pde_solves);
    EXPECT_LT(first_band, 0.1);
    EXPECT_LT(error, 0.5);
    EXPECT_EQ(outcome.state.ledger.total(), static_cast<std::int64_t>(history.back().pde_solves));
  }
}

TEST(WaveformInversion, keeps_the_bounds_that_the_data_pull_against) {
  const InversionProblem problem = lens_of(-0.08, 250);   // 2590 m/s at its centre
  for (const auto method : {InversionMethod::quasi_newton, InversionMethod::gauss_newton}) {
    const Folder folder;
    auto options = options_of(method);
    options.velocity_max = 2420;   // the start reaches 2405 within the rim
    const Outcome outcome = invert(problem, options, folder.file());
    double fastest = 0;
    for (std::size_t i = 0; i < outcome.state.model.size(); ++i)
      if (problem.setup.mask[i] != 0) fastest = std::max(fastest, 1e3 / std::sqrt(outcome.state.model[i]));
    EXPECT_LE(fastest, 2420 * (1 + 1e-12));
    EXPECT_GT(fastest, 2415) << "the test is only worth its name when the bound is felt";
    EXPECT_LT(outcome.state.history.back().relative_misfit, 0.9);
  }
}

// Stopped at any iteration, and gone on: the bits of the model and of the history are those of the run without a stop.
TEST(WaveformInversion, goes_on_from_a_checkpoint_with_the_same_bits) {
  const InversionProblem problem = lens_of(-0.03);
  for (const auto method : {InversionMethod::quasi_newton, InversionMethod::gauss_newton}) {
    auto options = options_of(method);
    if (method == InversionMethod::gauss_newton) options.iterations = 2;
    const Folder whole_folder;
    const Outcome whole = invert(problem, options, whole_folder.file());
    std::filesystem::remove(whole_folder.file());
    int interruptions = 0;
    Outcome parts;
    do {
      int asked = 0;
      InversionHooks hooks;
      hooks.should_stop = [&] { return ++asked == 5; };   // in the middle of a leg, at its end, at the end of a band
      parts = invert(problem, options, whole_folder.file(), hooks);
      ++interruptions;
    } while (parts.end == InversionEnd::interrupted && interruptions < 20);
    EXPECT_EQ(parts.end, InversionEnd::complete);
    EXPECT_GE(interruptions, method == InversionMethod::quasi_newton ? 3 : 1);
    EXPECT_EQ(parts.state.model, whole.state.model);
    EXPECT_EQ(parts.state.ledger.total(), whole.state.ledger.total());
    ASSERT_EQ(parts.state.history.size(), whole.state.history.size());
    for_each_field([&](const char* name, double InversionRecord::*field) {
      for (std::size_t i = 0; i < whole.state.history.size(); ++i)
        EXPECT_EQ(parts.state.history[i].*field, whole.state.history[i].*field) << name << " of record " << i;
    });
  }
}

// Runs that are always stopped within their first leg, whatever its length, still end, each one step further.
TEST(WaveformInversion, goes_on_where_every_run_is_shorter_than_a_leg) {
  const InversionProblem problem = lens_of(-0.03);
  auto options = options_of(InversionMethod::quasi_newton);
  options.restart_every = options.iterations;
  const Folder folder;
  int runs = 0;
  Outcome outcome;
  std::vector<std::string> warnings;
  do {
    int asked = 0;
    InversionHooks hooks;
    hooks.should_stop = [&] { return ++asked == 3; };   // the start, one step, and the second is where it stops
    hooks.on_warning = [&](const std::string& warning) { warnings.push_back(warning); };
    outcome = invert(problem, options, folder.file(), hooks);
    ++runs;
  } while (outcome.end == InversionEnd::interrupted && runs < 20);
  EXPECT_EQ(outcome.end, InversionEnd::complete);
  EXPECT_EQ(runs, 6) << "two steps a run, and 2 bands of 6";
  EXPECT_EQ(warnings.size(), 4u);   // the last run of a band reaches the end of its leg
  const auto& history = outcome.state.history;
  ASSERT_EQ(history.size(), 2u * (options.iterations + 1));
  for (std::size_t i = 1; i < history.size(); ++i)
    if (history[i].band == history[i - 1].band) {
      EXPECT_LT(history[i].misfit, history[i - 1].misfit) << i;
    }
  EXPECT_EQ(outcome.state.ledger.total(), static_cast<std::int64_t>(history.back().pde_solves));
}

TEST(WaveformInversion, refuses_the_checkpoint_of_another_configuration) {
  const Folder folder;
  const Communicator self = test::world().split(test::world().rank());
  InversionState state;
  state.model = {0.1, 0.2};
  state.history.resize(3);
  InversionCheckpoint(self, folder.file(), "one").save(state);
  InversionState other = state;
  EXPECT_TRUE(InversionCheckpoint(self, folder.file(), "one").restore(other));
  EXPECT_THROW(InversionCheckpoint(self, folder.file(), "two").restore(other), UserError);
  other.model.resize(5);
  EXPECT_THROW(InversionCheckpoint(self, folder.file(), "one").restore(other), DataError);
  EXPECT_FALSE(InversionCheckpoint(self, folder.file() + "x", "one").restore(other));
}

// Whatever is damaged, the message names the file and the way out.
TEST(WaveformInversion, names_a_damaged_checkpoint) {
  const Folder folder;
  const Communicator self = test::world().split(test::world().rank());
  InversionState state;
  state.model.assign(500, 0.25);
  state.history.resize(3);
  const InversionCheckpoint checkpoint(self, folder.file(), "the test");
  const auto message_after = [&](const std::function<void()>& damage) {
    checkpoint.save(state);
    damage();
    InversionState restored;
    restored.model.resize(state.model.size());
    try {
      checkpoint.restore(restored);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto cut_to = [&](double part) {
    const auto size = static_cast<double>(std::filesystem::file_size(folder.file()));
    std::filesystem::resize_file(folder.file(), static_cast<std::uintmax_t>(part * size));
  };
  // One with the model and without what stands behind it, as another program might leave it.
  const auto write_model = [&](Hdf5File& file) {
    file.write("/model", {static_cast<std::int64_t>(state.model.size())}, state.model.data());
    write_configuration(file, "the test");
  };
  const auto without_history = [&] {
    Hdf5File file = Hdf5File::create(folder.file());
    write_model(file);
  };
  const auto with_a_short_column = [&] {
    Hdf5File file = Hdf5File::create(folder.file());
    write_model(file);
    const std::vector<double> values(3);
    for_each_field([&](const char* name, double InversionRecord::*) {
      file.write(std::string("/history/") + name, {std::string(name) == "step" ? 2 : 3}, values.data());
    });
  };
  EXPECT_EQ(message_after([] {}), "no error");
  for (const std::string& message : {message_after([&] { cut_to(0.5); }), message_after([&] { cut_to(0); }),
                                     message_after(without_history), message_after(with_a_short_column)}) {
    EXPECT_NE(message.find(folder.file()), std::string::npos) << message;
    EXPECT_NE(message.find("Remove the file to start over"), std::string::npos) << message;
  }
  const std::string unequal = message_after(with_a_short_column);
  EXPECT_NE(unequal.find("/history/step has another length"), std::string::npos) << unequal;
}

// Where the model is that of the data there is nothing to do, and that is no error.
TEST(WaveformInversion, ends_at_once_at_the_truth) {
  InversionProblem problem = lens_of(0);
  auto options = options_of(InversionMethod::quasi_newton);
  options.corners = {0};
  const Folder folder;
  const Outcome outcome = invert(problem, options, folder.file());
  EXPECT_EQ(outcome.end, InversionEnd::complete);
  EXPECT_EQ(outcome.state.model, problem.start);
}

// LSQR on J D: the residual norms are those of the images that come out, and many iterations reach what LSQR on J reaches.
TEST(LeastSquares, with_a_right_preconditioner_solve_the_same_problem) {
  const Communicator self = test::world().split(test::world().rank());
  const auto s = test::small_survey(24, 20, 60);
  BornOperator<float> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  const auto truth = test::random_values<float>(born.image_size(), 3);
  std::vector<float> traces(3 * born.traces_size()), predicted(traces.size());
  for (int shot = 0; shot < 3; ++shot) born.born(shot, 1, truth.data(), traces.data() + shot * born.traces_size());
  std::vector<double> scaling = test::random_values<double>(born.image_size(), 8);
  for (double& value : scaling) value = 0.2 + std::abs(value);
  const auto plain = least_squares_migration(self, born, {0, 3}, traces, 8);
  const auto scaled = least_squares_migration(self, born, {0, 3}, traces, 8, scaling);
  EXPECT_GT(test::relative_difference(scaled.images[1], plain.images[1]), 0.05);
  for (int shot = 0; shot < 3; ++shot)
    born.born(shot, 1, scaled.image().data(), predicted.data() + shot * born.traces_size());
  for (std::size_t i = 0; i < traces.size(); ++i) predicted[i] -= traces[i];
  EXPECT_NEAR(test::norm(predicted), scaled.residual_norms.back(), 1e-3 * scaled.residual_norms.front());
  EXPECT_LT(scaled.residual_norms.back(), 0.7 * scaled.residual_norms.front());
}

// One point is free: LSQR has the answer after one iteration. The number of iterations is what was asked for all the same,
// and the further ones leave the answer.
TEST(LeastSquares, go_on_where_they_have_converged) {
  const Communicator self = test::world().split(test::world().rank());
  const auto s = test::small_survey(24, 20, 60);
  std::vector<float> one_point(s.grid.size(), 0.0f);
  const std::size_t point = 10 * 24 + 12;
  one_point[point] = 1;
  BornOperator<float> born(s.subdomain(), s.options, s.acquisition, s.velocity, one_point, 1e9);
  std::vector<float> truth(born.image_size(), 0.0f), traces(3 * born.traces_size());
  truth[point] = 0.01f;
  for (int shot = 0; shot < 3; ++shot) born.born(shot, 1, truth.data(), traces.data() + shot * born.traces_size());
  const int iterations = 5;
  const auto result = least_squares_migration(self, born, {0, 3}, traces, iterations);
  ASSERT_EQ(result.images.size(), iterations + 1u);
  ASSERT_EQ(result.residual_norms.size(), iterations + 1u);
  EXPECT_EQ(test::norm(result.images[0]), 0);
  EXPECT_NEAR(result.residual_norms[0], test::norm(traces), 1e-6 * test::norm(traces));   // single-precision data
  for (int i = 1; i <= iterations; ++i) {
    // J and its transpose differ by the rounding of single-precision waves.
    EXPECT_LT(test::relative_difference(result.images[i], truth), 10 * test::dot_test_bound<float>()) << i;
    EXPECT_LT(result.residual_norms[i], 10 * test::dot_test_bound<float>() * test::norm(traces)) << i;
  }
}

// J^T d = 0: there is no first step, and LSQR divides by the norm of J^T d.
TEST(LeastSquares, give_no_image_where_no_point_is_free) {
  const Communicator self = test::world().split(test::world().rank());
  const auto s = test::small_survey(24, 20, 60);
  BornOperator<float> born(s.subdomain(), s.options, s.acquisition, s.velocity, std::vector<float>(s.grid.size(), 0.0f), 1e9);
  const std::vector<float> traces(3 * born.traces_size(), 1.0f);
  try {
    least_squares_migration(self, born, {0, 3}, traces, 2);
    FAIL() << "an image was given";
  } catch (const NumericalError& error) {
    EXPECT_NE(std::string(error.what()).find("migrated data are zero"), std::string::npos) << error.what();
  }
}

TEST(LeastSquares, refuse_data_that_are_zero) {
  const Communicator self = test::world().split(test::world().rank());
  const auto s = test::small_survey(24, 20, 60);
  BornOperator<float> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  EXPECT_THROW(least_squares_migration(self, born, {0, 3}, std::vector<float>(3 * born.traces_size()), 2), DataError);
}

// The waves fail inside PETSc's solver: their message must come out, not PETSc's.
TEST(LeastSquares, let_the_errors_of_the_waves_out) {
  const Communicator self = test::world().split(test::world().rank());
  const auto s = test::small_survey(24, 20, 60);
  BornOperator<float> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 0);   // no room for the adjoint
  const std::vector<float> traces(3 * born.traces_size(), 1.0f);
  try {
    least_squares_migration(self, born, {0, 3}, traces, 2);
    FAIL() << "the limit was not respected";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("limit"), std::string::npos) << error.what();
  }
}

}  // namespace bornflow
