#include "flows/training/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

TrainingOptions quick_options() {
  TrainingOptions options;
  options.epochs = 3;
  options.batch = 8;
  options.learning_rate = 1e-2;
  return options;
}

}  // namespace

// With x | y Gaussian and affine in y the flow can be exact. In physical units z = (x - a y - b) e^s with
// a = 0.5 * 4 / (0.25 * 4 + 0.09), posterior variance 4 * 0.09 / 1.09, so the loss is 0.5 - log(e^s) per pixel in units of
// x's standard deviation. 4000 samples of 24 pixels estimate 72 parameters: excess loss 72 / (2 * 4000) and noise
// sqrt(24 / 2 / 1000) = 0.11 of the mean over 1000 validation samples; the bound is four of it. A flow that ignores the
// condition ends 30 nats higher.
TEST(TrainingOptions, lets_the_noise_on_images_fall_geometrically) {
  TrainingOptions options;
  options.epochs = 5;
  options.augmentation.x_noise = 0.16;
  EXPECT_EQ(options.augmentation_at(4).x_noise, 0.16);  // no end is given: it stays
  options.x_noise_end = 0.01;
  EXPECT_DOUBLE_EQ(options.augmentation_at(0).x_noise, 0.16);
  EXPECT_DOUBLE_EQ(options.augmentation_at(2).x_noise, 0.04);
  EXPECT_DOUBLE_EQ(options.augmentation_at(4).x_noise, 0.01);
  EXPECT_DOUBLE_EQ(options.augmentation_at(9).x_noise, 0.01);
  options.x_noise_end = 0.2;
  EXPECT_THROW(options.check(), UserError);
}

TEST(Trainer, reaches_the_likelihood_of_the_true_posterior) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(5000), 1000);
  auto options = quick_options();
  options.epochs = 12;
  options.batch = 32;
  options.schedule = LearningRateSchedule::cosine;
  test::AffineFlow flow(4, 6);
  const auto result = train(world, data, options, test::toy_architecture(), {}, {}, flow);
  const double posterior_std = std::sqrt(4 * 0.09 / 1.09) / data.normalisation().x_std;
  const double entropy = 24 * (0.5 + std::log(posterior_std));
  EXPECT_NEAR(result.best_validation_loss, entropy, 0.45);
}

TEST(Trainer, overfits_one_batch) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(4), 0);
  auto options = quick_options();
  options.batch = 4;
  options.epochs = 1500;
  options.clip_norm = 0;
  test::AffineFlow flow(4, 6);
  const auto result = train(world, data, options, test::toy_architecture(), {}, {}, flow);
  // Four samples, three parameters a pixel: far below the likelihood that the true posterior reaches (-16 nats).
  EXPECT_LT(result.history.back().train_loss, -25);
  EXPECT_EQ(result.best_epoch, 0);
  EXPECT_TRUE(std::isnan(result.history.back().validation_loss));
}

TEST(Trainer, stops_early_and_returns_the_best_weights) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(24), 12);  // few samples: the validation loss must rise after a while
  auto options = quick_options();
  options.epochs = 400;
  options.patience = 5;
  options.learning_rate = 3e-2;
  test::AffineFlow flow(4, 6);
  const auto result = train(world, data, options, test::toy_architecture(), {}, {}, flow);
  EXPECT_EQ(result.end, TrainingEnd::early_stopping);
  ASSERT_LT(result.history.size(), 400u);
  EXPECT_EQ(result.history.size(), static_cast<std::size_t>(result.best_epoch) + 5);
  for (const auto& record : result.history) EXPECT_GE(record.validation_loss, result.best_validation_loss);

  Tensor<float> x, summary;
  data.fill_validation({0, 12}, x, summary);
  double loss = 0;
  for (const double l : flow.loss(x, summary)) loss += l / 12;
  EXPECT_NEAR(loss, result.best_validation_loss, 1e-12 * std::abs(loss));
}

// The count of epochs without improvement must live through an interruption, or training would go on for longer.
TEST(Trainer, stops_as_early_when_it_was_interrupted_while_waiting) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_patience");
  const PairDataset data(test::toy_pairs(24), 12);
  auto options = quick_options();
  options.epochs = 400;
  options.patience = 5;
  options.learning_rate = 3e-2;
  test::AffineFlow whole(4, 6), first(4, 6), second(4, 6);
  const auto expected = train(world, data, options, test::toy_architecture(), {}, {}, whole);
  TrainingHooks hooks;  // one step an epoch; three epochs after the best one
  hooks.should_stop = [stop = expected.best_epoch + 3, seen = 0]() mutable { return seen++ == stop; };
  const TrainingFiles files{folder.file("flow.h5"), "same"};
  train(world, data, options, test::toy_architecture(), files, hooks, first);
  const auto result = train(world, data, options, test::toy_architecture(), files, {}, second);
  EXPECT_EQ(result.end, TrainingEnd::early_stopping);
  EXPECT_EQ(result.history.size(), expected.history.size());
  EXPECT_EQ(result.best_epoch, expected.best_epoch);
  EXPECT_EQ(second.weights(), whole.weights());
}

TEST(Trainer, validates_and_returns_the_averaged_weights) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(40), 8);
  auto options = quick_options();
  options.epochs = 1;
  options.learning_rate = 5e-2;
  test::AffineFlow plain(4, 6), averaged(4, 6);
  train(world, data, options, test::toy_architecture(), {}, {}, plain);
  options.ema_decay = 0.999;
  const auto result = train(world, data, options, test::toy_architecture(), {}, {}, averaged);
  EXPECT_NE(plain.weights(), averaged.weights());
  Tensor<float> x, summary;
  data.fill_validation({0, 8}, x, summary);
  double loss = 0;
  for (const double l : averaged.loss(x, summary)) loss += l / 8;
  EXPECT_NEAR(loss, result.best_validation_loss, 1e-12 * std::abs(loss));
}

TEST(Trainer, skips_outliers) {
  const auto world = test::world();
  auto pairs = test::toy_pairs(400);
  for (int p = 0; p < 24; ++p) pairs.x[399 * 24 + p] = 1e5f;  // finite, and far off
  pairs.summary[399 * 24] = -1e5f;
  const PairDataset data(pairs, 0);
  auto options = quick_options();
  options.epochs = 4;
  options.outlier_factor = 10;
  test::AffineFlow flow(4, 6);
    const auto result = train(world, data, options, test::toy_architecture(), {}, {}, flow);
  std::int64_t skipped = 0;
  for (const auto& record : result.history) skipped += record.skipped;
  EXPECT_GE(skipped, 3);  // once an epoch; the first time may come before the usual size is known
  EXPECT_LE(skipped, 4);
}

TEST(Trainer, tells_each_epoch) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(40), 8);
  std::vector<EpochRecord> told;
  TrainingHooks hooks;
  hooks.on_epoch = [&](const EpochRecord& record) { told.push_back(record); };
  test::AffineFlow flow(4, 6);
  train(world, data, quick_options(), test::toy_architecture(), {}, hooks, flow);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2].epoch, 3);
  EXPECT_EQ(told[2].step, 12);
  EXPECT_EQ(told[2].learning_rate, 1e-2);
  EXPECT_GT(told[2].samples_per_second, 0);
  EXPECT_GT(told[2].seconds, 0);
  EXPECT_GT(told[2].gradient_norm, 0);
}

TEST(Trainer, refuses_impossible_options) {
  const auto world = test::world();
  auto pairs = test::toy_pairs(40);
  pairs.summary_noise.clear();
  const PairDataset data(pairs, 8);
  test::AffineFlow flow(4, 6);
  const auto attempt = [&](auto&& change, int nx = 6) {
    auto options = quick_options();
    change(options);
    train(world, data, options, test::toy_architecture(4, nx), {}, {}, flow);
  };
  EXPECT_THROW(attempt([](auto& o) { o.epochs = 0; }), UserError);
  EXPECT_THROW(attempt([](auto& o) { o.batch = 0; }), UserError);
  EXPECT_THROW(attempt([](auto& o) { o.learning_rate = -1; }), UserError);
  EXPECT_THROW(attempt([](auto& o) { o.learning_rate = std::nan(""); }), UserError);
  EXPECT_THROW(attempt([](auto& o) { o.ema_decay = 1; }), UserError);
  EXPECT_THROW(attempt([](auto& o) { o.augmentation.redraw_noise = true; }), UserError);
  EXPECT_THROW(attempt([](auto&) {}, 8), UserError);
}

}  // namespace bornflow
