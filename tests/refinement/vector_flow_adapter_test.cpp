#include "src/app/adapters/vector_flow_adapter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

// The concept of a flow, kept by networks of single precision.
namespace bornflow {

namespace {

constexpr double pi = 3.14159265358979323846;

VectorFlowAdapter::Options small(const std::string& network, int size, int condition_size) {
  VectorFlowAdapter::Options options;
  options.architecture.network = network;
  options.architecture.size = size;
  options.architecture.condition_size = condition_size;
  options.architecture.hidden = 8;
  options.architecture.depth = 3;
  return options;
}

// Weights away from their start, where couplings hardly act, and scales away from one.
void stir(VectorFlowAdapter& flow) {
  Batch x = normal_batch(200, flow.model_size(), 1, Purpose::test);
  Batch y = normal_batch(200, flow.condition_size(), 2, Purpose::test);
  for (double& value : x.values) value = 2 + 3 * value;
  for (double& value : y.values) value = -1 + 0.2 * value;
  flow.initialise(x, y);
  RandomStream stream(3, Purpose::test, 0);
  const auto values = flow.network().parameters().values();
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), values);
  for (std::size_t i = 0; i < host.extent(0); ++i) host(i) += static_cast<float>(0.1 * stream.normal());
  Kokkos::deep_copy(values, host);
}

}  // namespace

TEST(VectorFlowAdapterTest, density_integrates_to_one) {
  for (const std::string network : {"hint", "coupling"}) {
    VectorFlowAdapter flow(small(network, 2, 2));
    stir(flow);
    // 241 x 241 points over 20 standard deviations: the trapezoidal rule is exact to single precision for a density as
    // smooth as this, and couplings bounded by clamp = 2 leave less than 1e-3 outside.
    const int points = 241;
    double sum = 0;
    Batch line(points, 2);
    for (int j = 0; j < points; ++j) {
      for (int i = 0; i < points; ++i)
        line.row(i)[0] = 2 + 60.0 * (i - 120) / 120, line.row(i)[1] = 2 + 60.0 * (j - 120) / 120;
      for (double value : flow.log_prob(line, Batch(std::vector<double>{-1.1, -0.8}))) sum += std::exp(value);
    }
    EXPECT_NEAR(sum * 0.25, 1, 2e-3) << network;
  }
}

TEST(VectorFlowAdapterTest, samples_have_the_density_that_is_told) {
  VectorFlowAdapter flow(small("coupling", 3, 4));
  stir(flow);
  const Batch z = normal_batch(20, 3, 4, Purpose::test), y = normal_batch(1, 4, 5, Purpose::test);
  const Batch x = flow.sample(z, y);
  // |det dT/dz| by central differences of step 1e-2 in single precision: relative errors near 1e-3.
  for (int i = 0; i < 3; ++i) {
    double j[3][3];
    for (int c = 0; c < 3; ++c) {
      Batch above = rows(z, i, 1), below = above;
      above.values[c] += 1e-2, below.values[c] -= 1e-2;
      const Batch a = flow.sample(above, y), b = flow.sample(below, y);
      for (int r = 0; r < 3; ++r) j[r][c] = (a.values[r] - b.values[r]) / 2e-2;
    }
    const double det = j[0][0] * (j[1][1] * j[2][2] - j[1][2] * j[2][1]) -
                       j[0][1] * (j[1][0] * j[2][2] - j[1][2] * j[2][0]) +
                       j[0][2] * (j[1][0] * j[2][1] - j[1][1] * j[2][0]);
    double log_z = -1.5 * std::log(2 * pi);
    for (int c = 0; c < 3; ++c) log_z -= 0.5 * z.row(i)[c] * z.row(i)[c];
    EXPECT_NEAR(flow.log_prob(rows(x, i, 1), y)[0], log_z - std::log(std::abs(det)), 5e-3);
  }
}

// backward() against central differences along a random direction of all parameters that do not see y alone.
TEST(VectorFlowAdapterTest, backward_is_the_derivative_of_its_objective_and_freezes_the_condition) {
  for (const std::string network : {"hint", "coupling"}) {
    VectorFlowAdapter flow(small(network, 4, 3));
    stir(flow);
    const Batch z = normal_batch(10, 4, 6, Purpose::test), y(std::vector<double>{-1, -0.9, -1.2});
    const Batch dx = normal_batch(10, 4, 7, Purpose::test);
    const double weight = 1.7;
    const auto objective = [&] {
      const Batch x = flow.sample(z, y);
      const std::vector<double> log_q = flow.log_prob(x, y);
      double sum = 0;
      for (int i = 0; i < z.count; ++i) {
        sum += weight * log_q[i];   // -log |det dT/dz| = log q + |z|^2 / 2 + constant, and z does not move
        for (int c = 0; c < 4; ++c) sum += dx.row(i)[c] * x.row(i)[c];
      }
      return sum;
    };
    flow.backward(z, y, dx, weight);
    const auto& parameters = flow.network().parameters();
    const auto gradient = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), parameters.gradients());
    HostArray<float> start("start", parameters.size()), moved("moved", parameters.size());
    HostArray<float> direction("direction", parameters.size());
    Kokkos::deep_copy(start, parameters.values());
    RandomStream stream(8, Purpose::test, 0);
    double expected = 0;
    for (const ParameterSlice& slice : parameters.slices()) {
      const bool sees_y_alone = slice.name.find(".y.") != std::string::npos;
      for (std::size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
        if (sees_y_alone) {
          ASSERT_EQ(gradient(i), 0) << slice.name;
        }
        direction(i) = sees_y_alone ? 0 : static_cast<float>(stream.normal());
        expected += double(direction(i)) * gradient(i);
      }
    }
    const auto along = [&](double h) {
      for (std::size_t i = 0; i < start.extent(0); ++i) moved(i) = static_cast<float>(start(i) + h * direction(i));
      Kokkos::deep_copy(parameters.values(), moved);
      return objective();
    };
    // The step balances its square against rounding: the objective is a sum of 60 numbers near 10, each to 1e-6.
    const double h = 2e-4, found = (along(h) - along(-h)) / (2 * h);
    EXPECT_NEAR(found, expected, 1e-2 * std::abs(expected) + 0.2) << network;
  }
}

// A y-lane that drifts would change q(x|y) for every other y. Weight decay acts without any gradient, so it could.
TEST(VectorFlowAdapterTest, weight_decay_leaves_what_refinement_freezes) {
  auto options = small("hint", 4, 3);
  options.adam.weight_decay = 0.1;
  VectorFlowAdapter flow(options);
  stir(flow);
  const auto& parameters = flow.network().parameters();
  HostArray<float> start("start", parameters.size());
  Kokkos::deep_copy(start, parameters.values());
  flow.restart_optimiser();
  for (int step = 0; step < 3; ++step) {
    flow.backward(normal_batch(10, 4, 6, Purpose::test), Batch(std::vector<double>{-1, -0.9, -1.2}),
                  normal_batch(10, 4, 7, Purpose::test), 1);
    flow.step(1e-2);
  }
  const auto end = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), parameters.values());
  std::size_t frozen = 0, moved = 0;
  for (const ParameterSlice& slice : parameters.slices())
    for (std::size_t i = slice.offset; i < slice.offset + slice.size; ++i)
      if (slice.name.find(".y.") != std::string::npos) {
        ASSERT_EQ(end(i), start(i)) << slice.name;
        ++frozen;
      } else {
        moved += end(i) != start(i);
      }
  EXPECT_GT(frozen, 100u);
  EXPECT_GT(moved, 100u);
}

TEST(VectorFlowAdapterTest, scales_do_not_change_what_is_learnt) {
  // Pairs whose y tells x up to noise, in units of a thousandth and of a thousand.
  const Batch z = normal_batch(500, 2, 9, Purpose::test), noise = normal_batch(500, 2, 10, Purpose::test);
  const auto train = [&](double unit) {
    VectorFlowAdapter flow(small("coupling", 2, 2));
    Batch x = z, y = z;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      x.values[i] = unit * (1 + z.values[i]);
      y.values[i] = (z.values[i] + 0.3 * noise.values[i]) / unit;
    }
    flow.initialise(x, y);
    for (int step = 0; step < 20; ++step) flow.fit(x, y), flow.step(1e-2);
    return flow.log_prob(x, y)[0] + 2 * std::log(unit);
  };
  EXPECT_NEAR(train(1e-3), train(1e3), 1e-2);   // single precision, over twenty steps
}

TEST(VectorFlowAdapterTest, a_gradient_that_is_not_finite_changes_nothing) {
  VectorFlowAdapter flow(small("coupling", 2, 2));
  stir(flow);
  const Batch x(std::vector<double>{1, 2}), y(std::vector<double>{0, 0});
  const double before = flow.log_prob(x, y)[0];
  flow.backward(x, y, Batch(std::vector<double>{NAN, 0}), 1);
  EXPECT_FALSE(std::isfinite(flow.step(1e-2)));
  EXPECT_EQ(flow.log_prob(x, y)[0], before);
}

}  // namespace bornflow
