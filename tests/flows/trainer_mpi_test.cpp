#include "flows/training/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "bornflow/base/error.hpp"
#include "flows/training/gradient_reduction.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

TrainingOptions toy_options() {
  TrainingOptions options;
  options.epochs = 5;
  options.batch = 8;
  options.learning_rate = 5e-3;
  options.seed = 9;
  options.augmentation.redraw_noise = true;
  options.augmentation.x_noise = 0.05;
  return options;
}

TrainingResult train_toy(const Communicator& comm, const TrainingOptions& options, test::AffineFlow& flow,
                         const TrainingHooks& hooks = {}, const TrainingFiles& files = {}) {
  const PairDataset data(test::toy_pairs(60), 13);
  return train(comm, data, options, test::toy_architecture(), files, hooks, flow);
}

// All but the wall clock.
void expect_same_history(const TrainingHistory& a, const TrainingHistory& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].epoch, b[i].epoch);
    EXPECT_EQ(a[i].step, b[i].step);
    EXPECT_EQ(a[i].train_loss, b[i].train_loss) << "epoch " << i;
    EXPECT_EQ(a[i].validation_loss, b[i].validation_loss) << "epoch " << i;
    EXPECT_EQ(a[i].gradient_norm, b[i].gradient_norm) << "epoch " << i;
    EXPECT_EQ(a[i].learning_rate, b[i].learning_rate);
    EXPECT_EQ(a[i].skipped, b[i].skipped);
  }
}

std::function<bool()> stop_at_step(int step) {
  return [step, seen = 0]() mutable { return seen++ == step; };
}

}  // namespace

// Integers up to 2^20 add without rounding in float, so the sum is exact and its norm known.
TEST(GradientReductionMpi, adds_over_ranks_and_gives_all_the_same) {
  const auto world = test::world();
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{1001}}) {
    std::vector<float> mine(size);
    for (std::size_t i = 0; i < size; ++i) mine[i] = static_cast<float>(i * (world.rank() + 1));
    const DeviceArray<float> gradients("test", size);
    from_host(mine, gradients);
    GradientReduction reduction(world, size);
    const double norm = reduction.sum(gradients);
    const auto sum = to_host(gradients);
    const double factor = world.size() * (world.size() + 1) / 2.0;
    double squares = 0;
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(sum[i], factor * i);
      squares += factor * i * factor * i;
    }
    EXPECT_DOUBLE_EQ(norm, std::sqrt(squares));
  }
}

// Ranks differ from one rank in the order of float additions of the gradient only: 1e-7 a step, 25 to 60 steps with a
// step size of 5e-3, so that losses of about 10 nats agree far below 1e-5 relative. Batch 8 is uneven on 3 ranks; batch 2
// leaves ranks of 3 and 4 without a sample.
TEST(TrainerMpi, follows_the_loss_curve_of_one_rank) {
  const auto world = test::world();
  const Communicator alone = world.split(world.rank());
  for (const int batch : {8, 2}) {
    auto options = toy_options();
    options.batch = batch;
    test::AffineFlow flow(4, 6), reference(4, 6);
    const auto history = train_toy(world, options, flow).history;
    const auto expected = train_toy(alone, options, reference).history;
    ASSERT_EQ(history.size(), expected.size());
    for (std::size_t i = 0; i < history.size(); ++i) {
      EXPECT_NEAR(history[i].train_loss, expected[i].train_loss, 1e-5 * std::abs(expected[i].train_loss));
      EXPECT_NEAR(history[i].validation_loss, expected[i].validation_loss, 1e-5 * std::abs(expected[i].validation_loss));
    }
    EXPECT_LT(history.back().validation_loss, history.front().validation_loss - 0.1) << "nothing was learned";
  }
}

// Every ingredient with a state is on: schedule, decay, average, validation, outliers, a skipped step.
TEST(TrainerMpi, continues_bitwise_after_an_interruption) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_resume");
  auto options = toy_options();
  options.schedule = LearningRateSchedule::cosine;
  options.warmup_steps = 4;
  options.weight_decay = 1e-2;
  options.ema_decay = 0.9;
  options.clip_norm = 2;

  test::AffineFlow whole(4, 6);
  const auto expected = train_toy(world, options, whole);
  ASSERT_EQ(expected.history.size(), 5u);

  // 5 steps an epoch: stops at the first step, in the middle of an epoch, and at the start of one.
  for (const int step : {0, 7, 10, 24}) {
    const TrainingFiles files{folder.file("flow" + std::to_string(step) + ".h5"), "same"};
    TrainingHooks hooks;
    hooks.should_stop = stop_at_step(step);
    test::AffineFlow first(4, 6), second(4, 6);
    EXPECT_EQ(train_toy(world, options, first, hooks, files).end, TrainingEnd::interrupted);
    EXPECT_TRUE(std::filesystem::exists(files.checkpoint()));
    EXPECT_FALSE(std::filesystem::exists(files.product));
    world.barrier();  // the files are seen by all before they go
    const auto result = train_toy(world, options, second, {}, files);
    EXPECT_EQ(result.end, TrainingEnd::all_epochs);
    expect_same_history(result.history, expected.history);
    EXPECT_EQ(second.weights(), whole.weights());
    EXPECT_TRUE(std::filesystem::exists(files.product));
    EXPECT_FALSE(std::filesystem::exists(files.checkpoint()));
  }
}

// A killed process leaves no state but the files: the hook throws, and what was not in the checkpoint is computed again.
TEST(TrainerMpi, continues_bitwise_after_a_kill) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_kill");
  auto options = toy_options();
  options.ema_decay = 0.95;
  options.checkpoint_every_epochs = 2;
  test::AffineFlow whole(4, 6);
  const auto expected = train_toy(world, options, whole);
  const TrainingFiles files{folder.file("flow.h5"), "same"};
  for (const int step : {3, 13, 8}) {  // before any checkpoint, after one, and 8 steps into the continuation
    TrainingHooks hooks;
    hooks.should_stop = [stop = stop_at_step(step)]() -> bool { return stop() ? throw std::runtime_error("kill") : false; };
    test::AffineFlow killed(4, 6);
    EXPECT_THROW(train_toy(world, options, killed, hooks, files), std::runtime_error);
  }
  test::AffineFlow last(4, 6);
  expect_same_history(train_toy(world, options, last, {}, files).history, expected.history);
  EXPECT_EQ(last.weights(), whole.weights());
}

TEST(TrainerMpi, skips_and_counts_gradients_that_are_not_finite) {
  const auto world = test::world();
  test::AffineFlow flow(4, 6);
  const int bad_rank = world.size() - 1;
  if (world.rank() == bad_rank) flow.poison = [](int call) { return call == 2 || call == 3 || call == 11; };
  const auto result = train_toy(world, toy_options(), flow);
  ASSERT_EQ(result.history.size(), 5u);
  EXPECT_EQ(result.history[0].skipped, 2);
  EXPECT_EQ(result.history[1].skipped, 0);
  EXPECT_EQ(result.history[2].skipped, 1);
  for (const auto& record : result.history) EXPECT_TRUE(std::isfinite(record.train_loss));
  for (const float w : flow.weights()) EXPECT_TRUE(std::isfinite(w));
}

TEST(TrainerMpi, ends_with_the_best_weights_after_too_many_skips) {
  const auto world = test::world();
  test::AffineFlow flow(4, 6), two_epochs(4, 6);
  flow.poison = [](int call) { return call >= 10; };
  auto options = toy_options();
  options.max_skipped_in_row = 4;
  EXPECT_THROW(train_toy(world, options, flow), NumericalError);
  options.epochs = 2;
  train_toy(world, options, two_epochs);
  EXPECT_EQ(flow.weights(), two_epochs.weights());
}

TEST(TrainerMpi, refuses_a_checkpoint_of_another_configuration_on_all_ranks) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_other");
  TrainingHooks hooks;
  hooks.should_stop = stop_at_step(3);
  test::AffineFlow flow(4, 6), other(4, 6);
  train_toy(world, toy_options(), flow, hooks, {folder.file("flow.h5"), "batch = 8"});
  EXPECT_THROW(train_toy(world, toy_options(), other, {}, {folder.file("flow.h5"), "batch = 9"}), UserError);
}

// A full disk during training costs a warning an epoch; the product that cannot be written is an error.
TEST(TrainerMpi, goes_on_without_checkpoints_but_not_without_the_product) {
  const auto world = test::world();
  int warnings = 0;
  TrainingHooks hooks;
  hooks.on_warning = [&](const std::string& text) { warnings += text.find("training goes on") != std::string::npos; };
  test::AffineFlow flow(4, 6);
  EXPECT_THROW(train_toy(world, toy_options(), flow, hooks, {"/nowhere/flow.h5", "same"}), IoError);
  EXPECT_EQ(warnings, 5);
}

}  // namespace bornflow
