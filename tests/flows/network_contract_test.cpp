#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <type_traits>

#include "bornflow/base/error.hpp"
#include "flow_checks.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/network/vector_flow.hpp"

/// Every network keeps the contract of conditional_flow.hpp.
namespace bornflow {

namespace {

using namespace test;

FlowArchitecture small(const std::string& network, int scales, int depth = 2) {
  FlowArchitecture a;
  a.network = network, a.nz = 8, a.nx = 4, a.hidden = 5, a.depth = depth, a.scales = scales;
  return a;
}

VectorFlowArchitecture small_vector(const std::string& network, int size, int condition_size) {
  VectorFlowArchitecture a;
  a.network = network, a.size = size, a.condition_size = condition_size, a.hidden = 6, a.depth = 3;
  return a;
}

/// A network of images or of vectors, and the sizes of what it takes.
struct NetworkCase {
  std::string name;
  bool y_lane;
  int nz, nx, channels, condition_channels;
  std::function<std::unique_ptr<ConditionalFlow<float>>()> make_single;
  std::function<std::unique_ptr<ConditionalFlow<double>>()> make_double;

  explicit NetworkCase(const FlowArchitecture& a)
      : name(a.network + ", scales " + std::to_string(a.scales) + ", " + a.squeeze +
             (a.final_relu ? ", final relu" : "") + ", condition channels " + std::to_string(a.condition_channels) +
             (a.condition_scalars ? ", one of them a scalar" : "") +
             ", condition features " + std::to_string(a.condition_features)),
        y_lane(a.network == "hint"), nz(a.nz), nx(a.nx), channels(1), condition_channels(a.condition_channels),
        make_single([a] { return make_flow<float>(a, 3); }), make_double([a] { return make_flow<double>(a, 3); }) {}
  explicit NetworkCase(const VectorFlowArchitecture& a)
      : name("vectors, " + a.network + ", " + std::to_string(a.size) + " given " + std::to_string(a.condition_size) +
             (a.final_relu ? ", final relu" : "")),
        y_lane(a.network == "hint"), nz(1), nx(1), channels(a.size), condition_channels(a.condition_size),
        make_single([a] { return make_vector_flow<float>(a, 3); }),
        make_double([a] { return make_vector_flow<double>(a, 3); }) {}

  template <class T>
  std::unique_ptr<ConditionalFlow<T>> make() const {
    if constexpr (std::is_same_v<T, float>) return make_single();
    else return make_double();
  }
};

std::vector<NetworkCase> networks_under_test() {
  std::vector<FlowArchitecture> images{small("glow", 1), small("glow", 2), small("hint", 1), small("hint", 2)};
  FlowArchitecture relu = small("glow", 2), two = small("glow", 2), checkerboard = small("hint", 1);
  relu.final_relu = true;
  two.condition_channels = 2;
  checkerboard.squeeze = "checkerboard", checkerboard.condition_channels = 2;
  images.push_back(relu), images.push_back(two), images.push_back(checkerboard);
  FlowArchitecture features = small("glow", 2), one_scale = small("glow", 1);
  features.condition_features = 4, features.condition_channels = 2;
  FlowArchitecture scalars = features;
  scalars.condition_scalars = 1;
  one_scale.condition_features = 4, one_scale.squeeze = "checkerboard";
  images.push_back(features), images.push_back(scalars), images.push_back(one_scale);
  std::vector<VectorFlowArchitecture> vectors{small_vector("coupling", 2, 0), small_vector("coupling", 11, 0),
                                              small_vector("coupling", 3, 1), small_vector("coupling", 16, 5),
                                              small_vector("inn", 2, 0), small_vector("inn", 7, 0),
                                              small_vector("inn", 5, 3),
                                              small_vector("hint", 2, 2), small_vector("hint", 9, 6)};
  vectors.push_back(small_vector("hint", 2, 2));
  vectors.back().final_relu = true;
  std::vector<NetworkCase> all;
  for (const auto& a : images) all.emplace_back(a);
  for (const auto& a : vectors) all.emplace_back(a);
  return all;
}

/// A network away from its initial state, where every coupling acts.
template <class T>
std::unique_ptr<ConditionalFlow<T>> perturbed(const NetworkCase& a, double amount) {
  auto flow = a.make<T>();
  flow->initialise(random_tensor<T>(4, a.nz, a.nx, a.channels, 1, 2.0),
                   random_tensor<T>(4, a.nz, a.nx, a.condition_channels, 2));
  from_host(moved(to_host(flow->parameters().values()), random_vector(flow->parameters().size(), 3), amount),
            flow->parameters().values());
  return flow;
}

template <class T>
struct Pair {
  Tensor<T> x, y;
  explicit Pair(const NetworkCase& a, int n = 3)
      : x(random_tensor<T>(n, a.nz, a.nx, a.channels, 11)), y(random_tensor<T>(n, a.nz, a.nx, a.condition_channels, 12)) {}
};

template <class T>
void check_inverse(double tolerance) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<T>(a, 0.1);
    const Pair<T> pair(a);
    std::vector<double> log_det;
    const auto z = flow->forward(pair.x, pair.y, log_det);
    EXPECT_EQ(z.n, 3);
    EXPECT_EQ(z.c, flow->latent_size());
    const auto back = flow->inverse(z, pair.y);
    EXPECT_LT(relative_difference(to_host(back.data), to_host(pair.x.data)), tolerance) << a.name;
  }
}

}  // namespace

TEST(NetworkContract, inverse_undoes_forward_in_single) { check_inverse<float>(1e-5); }
TEST(NetworkContract, inverse_undoes_forward_in_double) { check_inverse<double>(1e-12); }

TEST(NetworkContract, log_det_is_that_of_the_dense_jacobian) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a, 1);
    std::vector<double> log_det, unused;
    flow->forward(pair.x, pair.y, log_det);
    const auto f = [&](const Vector& v) {
      auto x = clone(pair.x);
      from_host(v, x.data);
      return to_host(flow->forward(x, pair.y, unused).data);
    };
    EXPECT_NEAR(log_abs_determinant(dense_jacobian(f, to_host(pair.x.data))), log_det[0], 1e-7) << a.name;
  }
}

TEST(NetworkContract, loss_gradient_is_the_derivative_of_the_loss) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a);
    const double weight = 0.4;
    flow->parameters().zero_gradients();
    const auto losses = flow->loss_and_gradient(pair.x, pair.y, weight);
    const Vector gradient = to_host(flow->parameters().gradients()), at = to_host(flow->parameters().values());
    const auto f = [&](const Vector& v) {
      from_host(v, flow->parameters().values());
      double sum = 0;
      for (double l : flow->loss(pair.x, pair.y)) sum += weight * l;
      return sum;
    };
    double sum = 0;
    for (double l : losses) sum += weight * l;
    EXPECT_NEAR(f(at), sum, 1e-12 * std::abs(sum)) << a.name;
    for (int k = 0; k < 3; ++k) {
      const Vector direction = random_vector(at.size(), 30 + k);
      const double expected = directional_derivative(f, at, direction);
      EXPECT_NEAR(dot(gradient, direction), expected, 1e-6 * norm(gradient) * norm(direction)) << a.name;
    }
  }
}

TEST(NetworkContract, loss_is_the_negative_log_likelihood_of_x_given_y) {
  for (const auto& a : networks_under_test()) {
    if (a.y_lane) continue;  // adds the y lane's own loss
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a);
    std::vector<double> log_det;
    const Vector z = to_host(flow->forward(pair.x, pair.y, log_det).data);
    const auto loss = flow->loss(pair.x, pair.y);
    for (int s = 0; s < 3; ++s) {
      double squares = 0;
      for (int i = 0; i < flow->latent_size(); ++i) squares += 0.5 * std::pow(z[s * flow->latent_size() + i], 2);
      EXPECT_NEAR(loss[s], squares - log_det[s], 1e-11) << a.name;
    }
  }
}

TEST(NetworkContract, inverse_transpose_is_the_transpose_of_the_inverse) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a, 2);
    std::vector<double> log_det;
    const auto z = flow->forward(pair.x, pair.y, log_det);
    const auto dx = random_tensor<double>(2, a.nz, a.nx, a.channels, 50);
    const Vector gradient = to_host(flow->inverse_transpose(pair.x, pair.y, dx).data), sensitivity = to_host(dx.data);
    const auto f = [&](const Vector& v) {
      auto t = clone(z);
      from_host(v, t.data);
      return dot(sensitivity, to_host(flow->inverse(t, pair.y).data));
    };
    for (int k = 0; k < 3; ++k) {
      const Vector direction = random_vector(gradient.size(), 60 + k);
      EXPECT_NEAR(dot(gradient, direction), directional_derivative(f, to_host(z.data), direction),
                  1e-7 * norm(gradient) * norm(direction)) << a.name;
    }
  }
}

// backward() is the derivative of what forward() gives, with the parameters that see y alone held fixed.
TEST(NetworkContract, backward_gives_the_gradients_of_the_x_lane) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a, 2);
    const double log_det_weight = -0.7;
    std::vector<double> log_det;
    const auto z = flow->forward(pair.x, pair.y, log_det);
    const auto dz = random_tensor<double>(2, 1, 1, flow->latent_size(), 51);
    const Vector sensitivity = to_host(dz.data), x = to_host(pair.x.data), at = to_host(flow->parameters().values());
    flow->parameters().zero_gradients();
    const Vector dx = to_host(flow->backward(z, pair.y, dz, log_det_weight).data);
    const Vector gradient = to_host(flow->parameters().gradients());
    const auto objective = [&](const Vector& input, const Vector& parameters) {
      from_host(parameters, flow->parameters().values());
      auto t = clone(pair.x);
      from_host(input, t.data);
      const Vector latent = to_host(flow->forward(t, pair.y, log_det).data);
      return dot(sensitivity, latent) + log_det_weight * (log_det[0] + log_det[1]);
    };
    for (int k = 0; k < 3; ++k) {
      const Vector direction = random_vector(x.size(), 60 + k);
      EXPECT_NEAR(dot(dx, direction),
                  directional_derivative([&](const Vector& v) { return objective(v, at); }, x, direction),
                  1e-6 * norm(dx) * norm(direction)) << a.name;
      Vector step = random_vector(at.size(), 70 + k);
      for (const auto& slice : flow->parameters().slices())
        if (slice.name.find(".y.") != std::string::npos || slice.name.compare(0, 9, "condition") == 0)
          for (std::size_t i = 0; i < slice.size; ++i) {
            EXPECT_EQ(gradient[slice.offset + i], 0) << a.name << ", " << slice.name;
            step[slice.offset + i] = 0;
          }
      EXPECT_NEAR(dot(gradient, step),
                  directional_derivative([&](const Vector& v) { return objective(x, v); }, at, step),
                  1e-6 * norm(gradient) * norm(step)) << a.name;
    }
  }
}

TEST(NetworkContract, one_condition_for_all_equals_that_condition_repeated) {
  for (const auto& a : networks_under_test()) {
    if (a.condition_channels == 0) continue;
    auto flow = perturbed<double>(a, 0.1);
    const Pair<double> pair(a, 2);
    const auto one = random_tensor<double>(1, a.nz, a.nx, a.condition_channels, 70);
    auto two = clone(pair.y);
    Vector copies = to_host(one.data);
    const Vector first = copies;
    copies.insert(copies.end(), first.begin(), first.end());
    from_host(copies, two.data);
    std::vector<double> log_one, log_two;
    const auto z_one = flow->forward(pair.x, one, log_one), z_two = flow->forward(pair.x, two, log_two);
    // Not the same bits: a condition of each sample is convolved together with x, one for all is convolved by itself.
    const auto expect_close = [&](const Vector& u, const Vector& v) { EXPECT_LT(relative_difference(u, v), 1e-12) << a.name; };
    expect_close(to_host(z_one.data), to_host(z_two.data));
    expect_close(log_one, log_two);
    expect_close(to_host(flow->inverse(z_one, one).data), to_host(flow->inverse(z_one, two).data));
    expect_close(to_host(flow->inverse_transpose(pair.x, one, pair.x).data),
                 to_host(flow->inverse_transpose(pair.x, two, pair.x).data));
    expect_close(flow->loss(pair.x, one), flow->loss(pair.x, two));
    flow->parameters().zero_gradients();
    expect_close(flow->loss_and_gradient(pair.x, one, 1), flow->loss(pair.x, two));
    const Vector gradient = to_host(flow->parameters().gradients());
    flow->parameters().zero_gradients();
    flow->loss_and_gradient(pair.x, two, 1);
    expect_close(gradient, to_host(flow->parameters().gradients()));
  }
}

TEST(NetworkContract, results_are_repeatable_and_independent_of_the_batch) {
  for (const auto& a : networks_under_test()) {
    auto flow = perturbed<float>(a, 0.1);
    const Pair<float> pair(a);
    std::vector<double> log_det, log_one;
    const Vector z = to_host(flow->forward(pair.x, pair.y, log_det).data);
    EXPECT_EQ(z, to_host(flow->forward(pair.x, pair.y, log_det).data));
    Tensor<float> x(1, a.nz, a.nx, a.channels), y(1, a.nz, a.nx, a.condition_channels);
    const std::size_t sx = x.size(), sy = y.size();
    Kokkos::deep_copy(x.data, Kokkos::subview(pair.x.data, std::make_pair(2 * sx, 3 * sx)));
    Kokkos::deep_copy(y.data, Kokkos::subview(pair.y.data, std::make_pair(2 * sy, 3 * sy)));
    // Of a single sample, the condition counts as one for all, which is convolved by itself: equal to rounding.
    EXPECT_LT(relative_difference(to_host(flow->forward(x, y, log_one).data), Vector(z.begin() + 2 * sx, z.end())), 1e-5) << a.name;
    EXPECT_NEAR(log_one[0], log_det[2], 1e-5 * std::max(1.0, std::abs(log_det[2])));
  }
}

TEST(NetworkContract, initialise_makes_latents_of_unit_variance) {
  for (const auto& network : {"glow", "hint"}) {
    FlowArchitecture a = small(network, 1);
    auto flow = make_flow<double>(a, 3);
    EXPECT_FALSE(flow->initialised());
    const auto x = random_tensor<double>(64, a.nz, a.nx, 1, 1, 30.0);
    const auto y = random_tensor<double>(64, a.nz, a.nx, 1, 2, 0.2);
    flow->initialise(x, y);
    EXPECT_TRUE(flow->initialised());
    std::vector<double> log_det;
    const Vector z = to_host(flow->forward(x, y, log_det).data);
    // Not exactly 1: couplings follow the last ActNorm, and they start near the identity only.
    EXPECT_NEAR(norm(z) / std::sqrt(static_cast<double>(z.size())), 1.0, 0.02);
  }
}

TEST(NetworkContract, seed_fixes_the_weights) {
  const auto values = [](std::uint64_t seed) {
    return to_host(make_flow<float>(small("hint", 2), seed)->parameters().values());
  };
  EXPECT_EQ(values(1), values(1));
  EXPECT_NE(values(1), values(2));
}

TEST(NetworkContract, impossible_sizes_are_refused_with_the_cure) {
  FlowArchitecture a = small("glow", 2);
  a.nx = 6;
  try {
    make_flow<float>(a, 1);
    FAIL() << "6 points cannot be halved twice";
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("multiples of 4"), std::string::npos) << e.what();
  }
  a = small("realnvp", 1);
  EXPECT_THROW(make_flow<float>(a, 1), UserError);
  a = small("glow", 1);
  a.squeeze = "space";
  EXPECT_THROW(make_flow<float>(a, 1), UserError);
  a = small("glow", 0);
  EXPECT_THROW(make_flow<float>(a, 1), UserError);
  EXPECT_THROW(make_vector_flow<float>(small_vector("coupling", 1, 2), 1), UserError);
  EXPECT_THROW(make_vector_flow<float>(small_vector("hint", 2, 1), 1), UserError);
  EXPECT_THROW(make_vector_flow<float>(small_vector("glow", 2, 2), 1), UserError);
}

}  // namespace bornflow
