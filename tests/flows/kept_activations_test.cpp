#include "flows/tensor/kept_activations.hpp"

#include <gtest/gtest.h>

#include "flow_checks.hpp"
#include "flows/network/conditional_flow.hpp"

namespace bornflow {

namespace {

using namespace test;

constexpr std::size_t none = 0, all = std::size_t{1} << 24;  // bytes; the networks below need less than 2 MB

/// The gradient of one batch with the same weights; `bytes` for activations that are kept.
template <class T>
Vector gradient(const FlowArchitecture& a, std::size_t bytes) {
  auto flow = make_flow<T>(a, 3);
  const auto x = random_tensor<T>(3, a.nz, a.nx, 1, 1), y = random_tensor<T>(3, a.nz, a.nx, a.condition_channels, 2);
  flow->initialise(x, y);
  from_host(moved(to_host(flow->parameters().values()), random_vector(flow->parameters().size(), 3), 0.1),
            flow->parameters().values());
  flow->keep_activations(bytes);
  flow->loss_and_gradient(x, y, 0.4);
  flow->parameters().zero_gradients();  // the second time, as in training: nothing of the first may be found
  flow->loss_and_gradient(x, y, 0.4);
  return to_host(flow->parameters().gradients());
}

FlowArchitecture architecture(int depth, int scales, int features) {
  FlowArchitecture a;
  a.nz = a.nx = 32, a.hidden = 8, a.depth = depth, a.scales = scales, a.condition_features = features;
  return a;
}

}  // namespace

// With one step, what backward() would compute again has the same bits: the passive channels go through unchanged.
TEST(KeptActivations, gradients_of_one_step_have_the_same_bits) {
  const auto a = architecture(1, 1, 0);
  EXPECT_EQ(gradient<float>(a, all), gradient<float>(a, none));
  EXPECT_EQ(gradient<double>(a, all), gradient<double>(a, none));
}

// With more, the inputs of the earlier steps are reconstructed from their outputs, so activations that are computed
// again differ from those kept by rounding. That they do differ shows that the kept ones are used.
TEST(KeptActivations, gradients_agree_to_rounding) {
  for (const int features : {0, 4}) {
    const auto a = architecture(3, 2, features);
    const Vector recomputed = gradient<double>(a, none), single = gradient<float>(a, none);
    const std::size_t of_first_step = 3 * 16 * 16 * (2 * 8 + 4) * sizeof(double);
    for (const std::size_t bytes : {of_first_step, 2 * of_first_step + 8, all}) {
      const Vector kept = gradient<double>(a, bytes), kept_single = gradient<float>(a, bytes);
      EXPECT_LT(relative_difference(kept, recomputed), 1e-12) << bytes;
      EXPECT_LT(relative_difference(kept_single, single), 1e-4) << bytes;
      EXPECT_NE(kept, recomputed) << bytes;
    }
  }
}

TEST(KeptActivations, gives_what_fits_while_it_is_open) {
  KeptActivations<float> kept;
  const int a = 0, b = 0;  // owners
  EXPECT_EQ(kept.keep(&a, 0, 1), nullptr);  // no capacity, not open
  kept.set_capacity(100);
  EXPECT_EQ(kept.keep(&a, 0, 1), nullptr);
  {
    const KeepActivations<float> open(kept);
    float* first = kept.keep(&a, 0, 50);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(kept.keep(&b, 0, 51), nullptr);
    float* second = kept.keep(&b, 1, 30);
    ASSERT_GE(second, first + 50);
    EXPECT_EQ(kept.find(&a, 0), first);
    EXPECT_EQ(kept.find(&b, 1), second);
    EXPECT_EQ(kept.find(&b, 0), nullptr);
    EXPECT_EQ(kept.keep(&a, 1, 30), nullptr);
  }
  EXPECT_EQ(kept.find(&a, 0), nullptr);
  EXPECT_EQ(kept.keep(&a, 0, 1), nullptr);
  const KeepActivations<float> again(kept);
  EXPECT_EQ(kept.find(&a, 0), nullptr);
  EXPECT_NE(kept.keep(&a, 0, 100), nullptr);  // all of it is free again
}

}  // namespace bornflow
