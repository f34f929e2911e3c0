#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "flow_checks.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/tensor/convolution.hpp"

namespace bornflow {

namespace {
using namespace test;
}

// The trapezoidal rule converges faster than any power of the step for a smooth density that dies out at the ends:
// with a step of half a standard deviation its error for a Gaussian is exp(-2 pi^2 / 0.25). What is left is the ReLU's
// kinks.
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

// One plain coupling leaves its first half unchanged. In HINT each quarter depends on itself and on the quarters
// before it.
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

// Every large buffer is a Kokkos view, so the high-water mark of the view allocations, less parameters and gradients,
// is the training memory: it must be the same at 4 and at 64 steps, but for small host staging arrays, whether
// activations are kept (300 kB: some of the first step's) or not. It is free again when none are kept any more.
TEST(NetworkDensity, training_memory_does_not_grow_with_depth) {
  static double now = 0, peak = 0;  // callbacks are plain functions
  Kokkos::Tools::Experimental::set_allocate_data_callback(
      [](const Kokkos_Profiling_SpaceHandle, const char*, const void*, const std::uint64_t size) {
        now += static_cast<double>(size);
        peak = std::max(peak, now);
      });
  Kokkos::Tools::Experimental::set_deallocate_data_callback(
      [](const Kokkos_Profiling_SpaceHandle, const char*, const void*, const std::uint64_t size) {
        now -= static_cast<double>(size);
      });
  const auto training_memory = [](FlowArchitecture a, int depth, std::size_t kept_bytes) {
    a.nz = a.nx = 32, a.hidden = 16, a.depth = depth, a.scales = 2;
    const auto x = random_tensor<float>(8, 32, 32, 1, 1), y = random_tensor<float>(8, 32, 32, 1, 2);
    now = peak = 0;
    auto flow = make_flow<float>(a, 3);
    flow->initialise(x, y);
    flow->keep_activations(kept_bytes);
    flow->loss_and_gradient(x, y, 1);
    const double while_kept = now;
    flow->keep_activations(0);
    if (a.network == "glow") EXPECT_NEAR(while_kept - now, kept_bytes, 1000);  // hint keeps none
    return peak - 2.0 * sizeof(float) * flow->parameters().size();
  };
  const double latents_of_one_step = 8 * 16 * 16 * 4 * sizeof(float);
  for (const auto& [network, features] : {std::pair{"glow", 0}, {"glow", 8}, {"hint", 0}})
    for (const std::size_t kept_bytes : {0, 300000}) {
      FlowArchitecture a;
      a.network = network, a.condition_features = features;
      const double shallow = training_memory(a, 4, kept_bytes), deep = training_memory(a, 64, kept_bytes);
      EXPECT_GT(shallow, 10 * latents_of_one_step) << network << ": nothing was counted";
      EXPECT_LT(std::abs(deep - shallow), latents_of_one_step) << network << ", features " << features;
    }
  Kokkos::Tools::Experimental::set_allocate_data_callback(nullptr);
  Kokkos::Tools::Experimental::set_deallocate_data_callback(nullptr);
}

// Recomputing inputs from outputs must not let rounding grow: 64 steps in single precision.
TEST(NetworkDensity, reconstruction_stays_accurate_at_depth_64) {
  for (const auto& network : {"glow", "hint"}) {
    FlowArchitecture a;
    a.network = network, a.nz = a.nx = 16, a.hidden = 16, a.depth = 64, a.scales = 1;
    auto flow = make_flow<float>(a, 3);
    const auto x = random_tensor<float>(8, 16, 16, 1, 1), y = random_tensor<float>(8, 16, 16, 1, 2);
    from_host(moved(to_host(flow->parameters().values()), random_vector(flow->parameters().size(), 3), 0.02),
              flow->parameters().values());
    flow->initialise(x, y);
    std::vector<double> log_det;
    const auto z = flow->forward(x, y, log_det);
    // 1e-7 of rounding for each of about 200 layers, amplified by their scales.
    EXPECT_LT(relative_difference(to_host(flow->inverse(z, y).data), to_host(x.data)), 1e-4) << network;
  }
}

// The whole network, gradients included, with each backend that is compiled in.
TEST(NetworkDensity, convolution_backends_train_alike) {
  for (const auto& network : {"glow", "hint"}) {
    FlowArchitecture a;
    a.network = network, a.nz = a.nx = 16, a.hidden = 16, a.depth = 2, a.scales = 2;
    const auto x = random_tensor<float>(4, 16, 16, 1, 1), y = random_tensor<float>(4, 16, 16, 1, 2);
    Vector reference, reference_loss;
    for (const char* backend : {"blas", "auto", "direct", "onednn"}) {
      setenv("BORNFLOW_CONVOLUTION", backend, 1);
      const bool has_onednn = convolution_backend_available<float>(ConvolutionBackend::onednn);
      if (std::string(backend) == "onednn" && !has_onednn) continue;
      auto flow = make_flow<float>(a, 3);
      flow->initialise(x, y);
      from_host(moved(to_host(flow->parameters().values()), random_vector(flow->parameters().size(), 3), 0.05),
                flow->parameters().values());
      const Vector loss = flow->loss_and_gradient(x, y, 0.25), gradient = to_host(flow->parameters().gradients());
      if (reference.empty()) reference = gradient, reference_loss = loss;
      EXPECT_LT(relative_difference(loss, reference_loss), 1e-5) << network << ", " << backend;
      EXPECT_LT(relative_difference(gradient, reference), 1e-4) << network << ", " << backend;
    }
    unsetenv("BORNFLOW_CONVOLUTION");
  }
}

}  // namespace bornflow
