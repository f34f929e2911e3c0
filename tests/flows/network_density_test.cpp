#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>

#include "flow_checks.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/network/conditional_flow.hpp"

namespace bornflow {

namespace {
using namespace test;
}

// The trapezoidal rule converges faster than any power of the step for a smooth density that dies out at the ends: with a
// step of half a standard deviation its error for a Gaussian is exp(-2 pi^2 / 0.25). What is left is the ReLU's kinks.
TEST(NetworkDensity, log_prob_normalises) {
  for (const auto& network : {"glow", "hint"}) {
    FlowArchitecture a;
    a.network = network, a.nz = 2, a.nx = 2, a.hidden = 4, a.depth = 2, a.scales = 1, a.clamp = 1;
    auto flow = make_flow<double>(a, 3);
    flow->initialise(random_tensor<double>(256, 2, 2, 1, 1), random_tensor<double>(256, 2, 2, 1, 2));
    from_host(moved(to_host(flow->parameters().values()), random_vector(flow->parameters().size(), 3), 0.1),
              flow->parameters().values());
    const auto y = random_tensor<double>(1, 2, 2, 1, 4);
    const int points = 29;
    const double step = 0.5, first = -7;
    double integral = 0;
    Tensor<double> x(points * points, 2, 2, 1);
    for (int i = 0; i < points * points; ++i) {
      Vector values;
      for (int j = 0; j < points * points; ++j)
        for (int index : {i / points, i % points, j / points, j % points}) values.push_back(first + step * index);
      from_host(values, x.data);
      std::vector<double> log_det;
      const Vector z = to_host(flow->forward(x, y, log_det).data);
      for (int j = 0; j < x.n; ++j) {
        double log_prob = log_det[j] - 2 * std::log(2 * M_PI);
        for (int d = 0; d < 4; ++d) log_prob -= 0.5 * z[4 * j + d] * z[4 * j + d];
        integral += std::exp(log_prob) * std::pow(step, 4);
      }
    }
    EXPECT_NEAR(integral, 1.0, 2e-3) << network;
  }
}

// One plain coupling leaves its first half unchanged. In HINT each quarter depends on itself and on the quarters before it.
TEST(NetworkDensity, hint_with_16_channels_has_a_dense_triangular_jacobian) {
  const int channels = 16, block = 2;
  Parameters<double> parameters;
  HintCoupling<double> hint({&parameters, std::make_shared<Workspace<double>>()}, "hint", channels, {8, 1, 2.0, false});
  parameters.allocate();
  from_host(random_vector(parameters.size(), 1), parameters.values());
  const auto f = [&](const Vector& v) {
    Tensor<double> x(1, 1, 1, channels);
    from_host(v, x.data);
    std::vector<double> log_det(1, 0.0);
    hint.forward(x, {}, log_det);
    return to_host(x.data);
  };
  const auto jacobian = dense_jacobian(f, random_vector(channels, 2));
  for (int i = 0; i < channels; i += block)
    for (int j = 0; j < channels; j += block) {
      double size = 0;
      for (int k = 0; k < block; ++k)
        for (int l = 0; l < block; ++l) size += std::abs(jacobian[i + k][j + l]);
      if (j > i) {
        EXPECT_EQ(size, 0) << i << " " << j;
      } else {
        EXPECT_GT(size, 1e-6) << i << " " << j;
      }
    }
}

// What the process holds at most while it trains, beyond parameters and gradients, must not depend on the depth: compare
// the growth of the heap's high-water mark between 2 and 12 steps with one step's activations.
TEST(NetworkDensity, training_memory_does_not_grow_with_depth) {
  const auto peak = [](const std::string& network, int depth) {
    FlowArchitecture a;
    a.network = network, a.nz = a.nx = 32, a.hidden = 32, a.depth = depth, a.scales = 2;
    auto flow = make_flow<float>(a, 3);
    const auto x = random_tensor<float>(8, 32, 32, 1, 1), y = random_tensor<float>(8, 32, 32, 1, 2);
    flow->initialise(x, y);
    malloc_trim(0);
    const auto held = [] { const auto m = mallinfo2(); return m.uordblks + m.hblkhd; };
    const double before = static_cast<double>(held());
    flow->loss_and_gradient(x, y, 1);
    // Scratch memory stays with the network, so what is held afterwards is what a layer would have kept.
    return static_cast<double>(held()) - before;
  };
  for (const auto& network : {"glow", "hint"}) {
    const double one_step = 8 * 16 * 16 * 4 * sizeof(float);
    peak(network, 2);
    EXPECT_LT(peak(network, 12) - peak(network, 2), one_step) << network;
  }
}

}  // namespace bornflow
