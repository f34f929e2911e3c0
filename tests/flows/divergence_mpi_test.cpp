#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "bornflow/base/error.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/trainer.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

TrainingOptions options_of_two_epochs() {
  TrainingOptions options;
  options.epochs = 2;
  options.batch = 8;  // of 47 pairs: 5 steps an epoch
  options.learning_rate = 5e-3;
  options.seed = 9;
  options.max_skipped_in_row = 4;
  return options;
}

/// A flow whose validation is never a number.
struct BlindFlow : test::AffineFlow {
  using test::AffineFlow::AffineFlow;
  std::vector<double> loss(const Tensor<float>& x, const Tensor<float>&) override {
    return std::vector<double>(static_cast<std::size_t>(x.n), std::nan(""));
  }
};

// What the training of `flow` ends with, the same on all ranks.
std::string failure(const Communicator& comm, const TrainingOptions& options, test::AffineFlow& flow,
                    const TrainingFiles& files) {
  try {
    train(comm, PairDataset(test::toy_pairs(60), 13), options, test::toy_architecture(), files, {}, flow);
  } catch (const NumericalError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

// Step 8 was skipped and then steps 11 to 14: in the third epoch, after two that were validated.
TEST(Divergence, saves_the_best_weights_beside_the_product_and_counts_the_skipped_steps) {
  const auto world = test::world();
  const test::Folder folder(world, "diverged");
  const TrainingFiles files{folder.file("flow.h5"), "this"};
  TrainingOptions options = options_of_two_epochs();
  options.epochs = 9;
  test::AffineFlow flow(4, 6);
  flow.poison = [](int call) { return call == 7 || call >= 10; };
  const std::string text = failure(world, options, flow, files);
  EXPECT_NE(text.find("5 of 14 steps were skipped"), std::string::npos) << text;
  EXPECT_NE(text.find(files.last_good()), std::string::npos) << text;
  EXPECT_NE(text.find("learning_rate"), std::string::npos) << text;
  EXPECT_FALSE(std::filesystem::exists(files.product));
  EXPECT_TRUE(std::filesystem::exists(files.checkpoint()));

  test::AffineFlow kept(4, 6), two_epochs(4, 6);
  read_flow_parameters(Hdf5File::open(files.last_good()), kept);
  two_epochs.poison = [](int call) { return call == 7; };
  train(world, PairDataset(test::toy_pairs(60), 13), options_of_two_epochs(), test::toy_architecture(), {}, {}, two_epochs);
  EXPECT_EQ(kept.weights(), two_epochs.weights());
  EXPECT_EQ(flow.weights(), kept.weights());
}

// Not one epoch has a finite validation loss: no product that looks as if the training had ended well.
TEST(Divergence, without_any_finite_validation_is_no_success) {
  const auto world = test::world();
  const test::Folder folder(world, "blind");
  const TrainingFiles files{folder.file("flow.h5"), "this"};
  BlindFlow flow(4, 6);
  const std::string text = failure(world, options_of_two_epochs(), flow, files);
  EXPECT_NE(text.find("no epoch of 2 has a finite validation loss"), std::string::npos) << text;
  EXPECT_NE(text.find("no good weights"), std::string::npos) << text;
  EXPECT_FALSE(std::filesystem::exists(files.product));
  EXPECT_FALSE(std::filesystem::exists(files.last_good()));
}

}  // namespace bornflow
