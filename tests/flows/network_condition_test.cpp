#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "flow_checks.hpp"
#include "flows/network/condition_network.hpp"
#include "flows/network/conditional_flow.hpp"

/// The condition network by itself; within a flow it is checked by the tests of NetworkContract.
namespace bornflow {

namespace {

using namespace test;

template <class T>
struct Subject {
  Parameters<T> parameters;
  ConditionNetwork<T> network;
  Subject(int channels, int scales, int features, Squeeze squeeze = Squeeze::haar)
      : network({&parameters, std::make_shared<Workspace<T>>()}, "condition", channels, scales, features, squeeze) {
    parameters.allocate();
    RandomStream stream(4, Purpose::test, 0);
    network.initialise_weights(stream);
  }
  /// Away from zero biases and from the small last convolutions.
  void perturb(double amount) {
    from_host(moved(to_host(parameters.values()), random_vector(parameters.size(), 3), amount), parameters.values());
  }
};

FlowArchitecture glow_with_features(int features) {
  FlowArchitecture a;
  a.nz = a.nx = 16, a.hidden = 8, a.depth = 2, a.scales = 2, a.condition_features = features;
  return a;
}

}  // namespace

TEST(ConditionNetwork, gives_features_of_the_size_of_each_scale) {
  Subject<float> subject(2, 3, 5);
  const auto out = subject.network.forward(random_tensor<float>(2, 16, 8, 2, 1));
  ASSERT_EQ(out.size(), 3u);
  for (int s = 0; s < 3; ++s) {
    const auto& f = out[s].features;
    EXPECT_TRUE(f.n == 2 && f.h == 16 >> (s + 1) && f.w == 8 >> (s + 1) && f.c == 5) << "scale " << s + 1;
  }
}

TEST(ConditionNetwork, gradients_are_the_derivatives_by_parameters_and_condition) {
  for (const int scales : {1, 2, 3})
    for (const auto squeeze : {Squeeze::haar, Squeeze::checkerboard}) {
      Subject<double> subject(2, scales, 4, squeeze);
      subject.perturb(0.1);
      auto y = random_tensor<double>(3, 8, 16, 2, 1);
      std::vector<Tensor<double>> sensitivity;
      for (int s = 1; s <= scales; ++s) sensitivity.push_back(random_tensor<double>(3, 8 >> s, 16 >> s, 4, 10 + s));
      const Vector values = to_host(subject.parameters.values()), condition = to_host(y.data);
      const Vector before = to_host(sensitivity.back().data);
      const auto product = [&] {
        const auto out = subject.network.forward(y);
        double sum = 0;
        for (int s = 0; s < scales; ++s) sum += dot(to_host(out[s].features.data), to_host(sensitivity[s].data));
        return sum;
      };
      const auto of_values = [&](const Vector& v) {
        from_host(v, subject.parameters.values());
        return product();
      };
      const auto of_condition = [&](const Vector& v) {
        from_host(v, y.data);
        return product();
      };
      // Gradients of the parameters are added to what is there; that of the condition is set.
      Tensor<double> dy;
      for (int times = 0; times < 2; ++times)
        subject.network.backward(subject.network.forward(y), sensitivity, &dy);
      Vector gradient = to_host(subject.parameters.gradients());
      for (double& g : gradient) g *= 0.5;
      const Vector d_condition = to_host(dy.data);
      EXPECT_EQ(to_host(sensitivity.back().data), before) << "the caller's gradients were changed";
      for (int k = 0; k < 3; ++k) {
        const Vector p = random_vector(values.size(), 20 + k), c = random_vector(condition.size(), 30 + k);
        // As in NetworkContract: what is left is the kinks of the ReLUs within the step.
        EXPECT_NEAR(dot(gradient, p), directional_derivative(of_values, values, p), 1e-6 * norm(gradient) * norm(p));
        from_host(values, subject.parameters.values());
        EXPECT_NEAR(dot(d_condition, c), directional_derivative(of_condition, condition, c),
                    1e-6 * norm(d_condition) * norm(c));
        from_host(condition, y.data);
      }
    }
}

// A scale-1 feature in one corner hears of the opposite corner of 16 x 16 points only by way of the coarser scales.
TEST(ConditionNetwork, features_of_every_scale_depend_on_the_whole_condition) {
  Subject<double> subject(1, 3, 4);
  auto y = random_tensor<double>(1, 16, 16, 1, 1);
  const auto before = subject.network.forward(y);
  Vector moved_y = to_host(y.data);
  moved_y.back() += 1;
  from_host(moved_y, y.data);
  const auto after = subject.network.forward(y);
  for (int s = 0; s < 3; ++s) {
    const Vector a = to_host(before[s].features.data), b = to_host(after[s].features.data);
    double change = 0;
    for (int c = 0; c < 4; ++c) change += std::abs(a[c] - b[c]);
    EXPECT_GT(change, 1e-6) << "scale " << s + 1;
  }
}

TEST(ConditionNetwork, features_of_a_sample_do_not_depend_on_the_batch) {
  Subject<float> subject(2, 3, 8);
  const auto batch = random_tensor<float>(3, 16, 8, 2, 1);
  const auto all = subject.network.forward(batch), one = subject.network.forward(clone(samples(batch, 2, 1)));
  for (int s = 0; s < 3; ++s)
    EXPECT_EQ(to_host(clone(samples(all[s].features, 2, 1)).data), to_host(one[s].features.data)) << s + 1;
}

// By the gains of He, a condition of unit variance gives mean squares of 1 on the way down, and each scale adds about 1
// on the way up: 4 at scale 1, root mean square 2. The zero frame takes a third of it at most (at 4 x 4 points, of one
// convolution), and 32 random channels spread by about 1 / sqrt(32) a convolution. The gain of a
// linear map before the ReLUs would halve the power at each of the four scales: a size of 0.2 at scale 4.
TEST(ConditionNetwork, features_start_with_moderate_size) {
  Subject<float> subject(1, 4, 32);
  const auto out = subject.network.forward(random_tensor<float>(2, 64, 64, 1, 1));
  for (int s = 0; s < 4; ++s) {
    const Vector f = to_host(out[s].features.data);
    const double size = norm(f) / std::sqrt(static_cast<double>(f.size()));
    EXPECT_GT(size, 0.5) << "scale " << s + 1;
    EXPECT_LT(size, 3.0) << "scale " << s + 1;
  }
}

// 9 c_in c_out multiplications and as many additions an output point; scale 1 has 4 x 8 points, scale 2 has 2 x 4.
TEST(ConditionNetwork, counts_the_operations_of_its_convolutions) {
  const double entry1 = 9 * 4 * 3 * 32, entry2 = 9 * 12 * 3 * 8, inner = 9 * 3 * 3 * 4 * (32 + 8), up = 9 * 3 * 12 * 8;
  EXPECT_EQ(Subject<float>(1, 2, 3).network.forward_flops(8, 16), 2 * (entry1 + entry2 + inner + up));
}

TEST(ConditionNetwork, is_part_of_the_flow_that_is_conditioned) {
  const auto with = make_flow<float>(glow_with_features(6), 1), without = make_flow<float>(glow_with_features(0), 1);
  EXPECT_GT(with->forward_flops(), without->forward_flops() + 2 * 9 * 4 * 6 * 64);
  EXPECT_NE(with->description().find("6 condition features"), std::string::npos) << with->description();
  EXPECT_EQ(without->description().find("condition features"), std::string::npos) << without->description();
  for (const auto& slice : without->parameters().slices()) EXPECT_NE(slice.name.rfind("condition.", 0), 0u);
}

// Every array of the network is trained: the loss feels it from the first step.
TEST(ConditionNetwork, every_parameter_gets_a_gradient_from_the_loss) {
  const auto a = glow_with_features(6);
  auto flow = make_flow<double>(a, 1);
  const auto x = random_tensor<double>(4, 16, 16, 1, 1), y = random_tensor<double>(4, 16, 16, 1, 2);
  flow->initialise(x, y);
  flow->loss_and_gradient(x, y, 1);
  const Vector gradient = to_host(flow->parameters().gradients());
  int arrays = 0;
  for (const auto& slice : flow->parameters().slices()) {
    if (slice.name.rfind("condition.", 0) != 0) continue;
    EXPECT_GT(norm(Vector(gradient.begin() + slice.offset, gradient.begin() + slice.offset + slice.size)), 0.0)
        << slice.name;
    ++arrays;
  }
  EXPECT_EQ(arrays, 2 * 10 + 2);  // ten a scale, and the way up from scale 2
}

TEST(ConditionNetwork, is_refused_where_it_cannot_be) {
  FlowArchitecture a = glow_with_features(4);
  a.network = "hint";
  try {
    make_flow<float>(a, 1);
    FAIL() << "hint has no condition network";
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("only for network = glow"), std::string::npos) << e.what();
  }
  EXPECT_THROW(make_flow<float>(glow_with_features(-1), 1), UserError);
}

}  // namespace bornflow
