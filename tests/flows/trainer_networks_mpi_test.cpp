#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "flows/training/trainer.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

constexpr int size = 8;

FlowArchitecture small_network(const std::string& network) {
  FlowArchitecture architecture;
  architecture.network = network;
  architecture.nz = architecture.nx = size;
  architecture.hidden = 8;
  architecture.depth = 2;
  architecture.scales = 2;
  return architecture;
}

TrainingOptions small_options() {
  TrainingOptions options;
  options.epochs = 3;
  options.batch = 8;
  options.learning_rate = 1e-3;
  options.augmentation.flip = true;
  return options;
}

}  // namespace

// Ranks add the gradients of their samples in another order: 1e-7 relative a step. Adam divides by the size of the
// gradient, so parameters with a small gradient take these differences in full, yet the loss hardly feels them.
TEST(TrainerNetworksMpi, follow_the_loss_curve_of_one_rank) {
  const auto world = test::world();
  const Communicator alone = world.split(world.rank());
  const PairDataset data(test::toy_pairs(44, size, size), 12);
  for (const std::string network : {"glow", "hint"}) {
    const auto architecture = small_network(network);
    const auto flow = make_flow<float>(architecture, 1), reference = make_flow<float>(architecture, 1);
    const auto history = train(world, data, small_options(), architecture, {}, {}, *flow).history;
    const auto expected = train(alone, data, small_options(), architecture, {}, {}, *reference).history;
    ASSERT_EQ(history.size(), 3u);
    for (std::size_t i = 0; i < history.size(); ++i) {
      EXPECT_NEAR(history[i].train_loss, expected[i].train_loss, 1e-5 * std::abs(expected[i].train_loss)) << network;
      EXPECT_NEAR(history[i].validation_loss, expected[i].validation_loss,
                  1e-5 * std::abs(expected[i].validation_loss)) << network;
    }
  }
}

TEST(TrainerNetworksMpi, continue_bitwise_and_load_as_trained) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_networks");
  const PairDataset data(test::toy_pairs(30, size, size), 6);
  for (const std::string network : {"glow", "hint"}) {
    const auto architecture = small_network(network);
    auto options = small_options();
    options.ema_decay = 0.9;
    const auto whole = make_flow<float>(architecture, 1);
    train(world, data, options, architecture, {}, {}, *whole);

    const TrainingFiles files{folder.file(network + ".h5"), "same"};
    TrainingHooks hooks;
    hooks.should_stop = [seen = 0]() mutable { return seen++ == 4; };  // in the middle of the second epoch
    const auto first = make_flow<float>(architecture, 1), second = make_flow<float>(architecture, 2);
    EXPECT_EQ(train(world, data, options, architecture, files, hooks, *first).end, TrainingEnd::interrupted);
    const auto result = train(world, data, options, architecture, files, {}, *second);
    EXPECT_EQ(to_host(second->parameters().values()), to_host(whole->parameters().values())) << network;

    const LoadedFlow loaded = load_flow(world, files.product);
    EXPECT_EQ(to_host(loaded.flow->parameters().values()), to_host(whole->parameters().values()));
    EXPECT_TRUE(loaded.flow->initialised());
    EXPECT_TRUE(loaded.header.normalisation == data.normalisation());
    EXPECT_EQ(loaded.header.architecture.network, network);
    ASSERT_EQ(loaded.history.size(), result.history.size());
    EXPECT_EQ(loaded.history.back().train_loss, result.history.back().train_loss);
    Tensor<float> x, summary;
    data.fill_validation({0, 6}, x, summary);
    EXPECT_EQ(loaded.flow->loss(x, summary), whole->loss(x, summary));
  }
}

// Eight samples and a few thousand parameters: the network can know them by heart. The loss of N(0, 1) data under a
// standard normal is 32 nats (64 pixels); half of that is gone long before anything general could be learned.
TEST(TrainerNetworksMpi, overfit_one_batch) {
  const auto world = test::world();
  const PairDataset data(test::toy_pairs(8, size, size), 0);
  for (const std::string network : {"glow", "hint"}) {
    auto architecture = small_network(network);
    architecture.hidden = 16;
    auto options = small_options();
    options.epochs = 150;
    options.learning_rate = 5e-3;
    options.augmentation = {};
    const auto flow = make_flow<float>(architecture, 1);
    const auto history = train(world, data, options, architecture, {}, {}, *flow).history;
    EXPECT_LT(history.back().train_loss, history.front().train_loss - 16) << network;
  }
}

TEST(TrainerNetworksMpi, of_an_impossible_architecture_are_data_errors_on_all_ranks) {
  const auto world = test::world();
  const test::Folder folder(world, "trainer_impossible");
  const std::string path = folder.file("flow.h5");
  const auto save = [&](const FlowArchitecture& architecture) {
    const auto flow = make_flow<float>(small_network("glow"), 1);
    if (world.is_root()) save_flow(path, {architecture, {}}, *flow, {});
    world.barrier();
  };
  for (const auto& change : {+[](FlowArchitecture& a) { a.network = "none"; }, +[](FlowArchitecture& a) { a.nz = 9; },
                             +[](FlowArchitecture& a) { a.depth = 3; }, +[](FlowArchitecture& a) { a.hidden = 9; }}) {
    auto architecture = small_network("glow");
    change(architecture);
    save(architecture);
    EXPECT_THROW(load_flow(world, path), DataError);
    world.barrier();
  }
}

}  // namespace bornflow
