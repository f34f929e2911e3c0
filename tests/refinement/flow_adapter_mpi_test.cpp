#include <gtest/gtest.h>

#include <cmath>

#include "src/app/adapters/image_flow_adapter.hpp"
#include "support/world.hpp"

// Ranks that share the rows of a batch get what one rank gets alone, to rounding.
namespace bornflow {

namespace {

constexpr int size = 64;

ImageFlowAdapter::Options network(const Communicator* ranks) {
  ImageFlowAdapter::Options options;
  options.architecture.network = "glow";
  options.architecture.nz = options.architecture.nx = 8;
  options.architecture.hidden = 8;
  options.architecture.depth = 2;
  options.architecture.scales = 2;
  options.training.clip_norm = 10;
  options.training.ranks = ranks;
  return options;
}

}  // namespace

TEST(FlowAdapterMpi, ranks_share_batches) {
  const Communicator world = test::world();
  ImageFlowAdapter shared(network(&world)), alone(network(nullptr));
  // Five rows: with four ranks the shares differ, and three of them leave a rank without any.
  const Batch x = normal_batch(5, size, 1, Purpose::test, 0), y = normal_batch(5, size, 1, Purpose::test, 100);
  for (ImageFlowAdapter* flow : {&shared, &alone}) flow->initialise(x, y);
  const Batch condition = rows(y, 0, 1);
  for (const int count : {5, 3, 1}) {
    const Batch some = rows(x, 0, count), seen = rows(y, 0, count);
    const auto loss = shared.fit(some, seen), expected = alone.fit(some, seen);
    ASSERT_EQ(loss.size(), expected.size());
    for (int i = 0; i < count; ++i) EXPECT_NEAR(loss[i], expected[i], 1e-4 * std::abs(expected[i]));
    const double norm = alone.step(1e-3);
    EXPECT_NEAR(shared.step(1e-3), norm, 1e-4 * norm);

    const Batch samples = shared.sample(some, condition), same = alone.sample(some, condition);
    ASSERT_EQ(samples.count, count);
    for (std::size_t i = 0; i < samples.values.size(); ++i) EXPECT_NEAR(samples.values[i], same.values[i], 2e-4);
    const LogValues q = shared.log_prob_with_gradients(some, condition), p = alone.log_prob_with_gradients(some, condition);
    const auto log_q = shared.log_prob(some, condition);
    for (int i = 0; i < count; ++i) EXPECT_NEAR(q.values[i], p.values[i], 1e-4 * std::abs(p.values[i]));
    for (int i = 0; i < count; ++i) EXPECT_NEAR(log_q[i], p.values[i], 1e-4 * std::abs(p.values[i]));
    for (std::size_t i = 0; i < q.gradients.values.size(); ++i)
      EXPECT_NEAR(q.gradients.values[i], p.gradients.values[i], 1e-3);

    shared.backward(some, condition, some, 0.5), alone.backward(some, condition, some, 0.5);
    const double force = alone.step(1e-3);
    EXPECT_NEAR(shared.step(1e-3), force, 1e-4 * force);
  }
}

}  // namespace bornflow
