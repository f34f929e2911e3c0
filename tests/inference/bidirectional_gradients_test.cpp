#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "bornflow/base/random.hpp"
#include "bornflow/inference/methods/bidirectional_training.hpp"

/// The gradient of every loss of the invertible network, against differences of the loss itself.
namespace bornflow {

namespace {

constexpr int latents = 1, x_size = 3, y_size = 1, map_size = 3, padding = map_size - latents - y_size, pairs = 12;

// u = F v and back v = G u, two matrices that know nothing of each other: what a loss passes through the one
// does not hide what it passes through the other. log |det| is that of F's diagonal.
class TwoMatrices final : public InvertibleMap {
public:
  TwoMatrices() : values(2 * map_size * map_size), gradient(values.size(), 0.0) {
    RandomStream random(5, Purpose::test, 1);
    for (double& value : values) value = 0.4 * random.normal();
    for (int i = 0; i < map_size; ++i) values[i * map_size + i] += 2, values[(map_size + i) * map_size + i] += 2;
  }
  int size() const override { return map_size; }
  Batch forward(const Batch& v, std::vector<double>& log_det) override {
    double sum = 0;
    for (int i = 0; i < map_size; ++i) sum += std::log(std::abs(values[i * map_size + i]));
    log_det.assign(v.count, sum);
    forward_input_ = v;
    return times(v, 0);
  }
  Batch inverse(const Batch& u) override {
    inverse_input_ = u;
    return times(u, map_size);
  }
  void forward_gradient(const Batch&, const Batch& du, double log_det_weight) override {
    add_products(du, forward_input_, 0);
    for (int i = 0; i < map_size; ++i)
      gradient[i * map_size + i] += log_det_weight * du.count / values[i * map_size + i];
  }
  void inverse_gradient(const Batch&, const Batch& dv) override { add_products(dv, inverse_input_, map_size); }
  double step(double) override { return 1; }   // stays where it is, and keeps the gradient

  std::vector<double> values, gradient;   // rows of F, then of G

private:
  Batch times(const Batch& in, int first_row) const {
    Batch out(in.count, in.size);
    for (int i = 0; i < in.count; ++i)
      for (int r = 0; r < in.size; ++r)
        for (int c = 0; c < in.size; ++c) out.row(i)[r] += values[(first_row + r) * in.size + c] * in.row(i)[c];
    return out;
  }
  void add_products(const Batch& out, const Batch& in, int first_row) {
    for (int i = 0; i < in.count; ++i)
      for (int r = 0; r < in.size; ++r)
        for (int c = 0; c < in.size; ++c) gradient[(first_row + r) * in.size + c] += out.row(i)[r] * in.row(i)[c];
  }

  Batch forward_input_, inverse_input_;
};

Batch numbers(int columns, std::uint64_t item) {
  Batch batch(pairs, columns);
  RandomStream random(5, Purpose::test, item);
  for (double& value : batch.values) value = random.normal();
  return batch;
}

double weighted_loss(TwoMatrices& map, const BidirectionalLosses& w, int epochs = 1, double x_ramp = 0) {
  BidirectionalOptions options;
  options.latent_size = latents;
  options.weights = w;
  options.z_widths = {0.5, 2}, options.x_widths = {0.5, 2};
  options.x_ramp = x_ramp;
  options.schedule.epochs = epochs, options.schedule.batch = pairs;
  options.schedule.learning_rate = [](std::int64_t, std::int64_t) { return 1e-3; };
  const BidirectionalLosses l = train_bidirectionally(map, numbers(x_size, 2), numbers(y_size, 3), options).at(0);
  return w.y * l.y + w.padding * l.padding + w.z * l.z + w.x * l.x + w.reconstruction * l.reconstruction +
         w.likelihood * l.likelihood;
}

/// Compares the gradient with differences where `is_free` (row of [F; G]), and asks for zeros elsewhere.
void expect_gradient(const std::string& name, const BidirectionalLosses& weights, const std::function<bool(int row)>& is_free,
                     double relative) {
  TwoMatrices map;
  weighted_loss(map, weights);
  double largest = 0;
  for (const double value : map.gradient) largest = std::max(largest, std::abs(value));
  ASSERT_GT(largest, 0) << name;
  for (std::size_t p = 0; p < map.values.size(); ++p) {
    const int row = static_cast<int>(p) / map_size;
    if (!is_free(row)) {
      EXPECT_EQ(map.gradient[p], 0) << name << ", row " << row;
      continue;
    }
    constexpr double step = 1e-3;
    double value[2];
    for (int side = 0; side < 2; ++side) {
      TwoMatrices moved;
      moved.values[p] += side == 0 ? step : -step;
      value[side] = weighted_loss(moved, weights);
    }
    EXPECT_NEAR(map.gradient[p], (value[0] - value[1]) / (2 * step), relative * largest) << name << ", parameter " << p;
  }
}

bool all_of_forward(int row) { return row < map_size; }
bool all_of_inverse(int row) { return row >= map_size; }

// Squares and logarithms: what central differences leave is of the third order. Discrepancies are in single precision
// inside: 1e-7 of a value near 1, over a step of 1e-3.
constexpr double of_squares = 1e-5, of_discrepancies = 3e-3;

}  // namespace

TEST(BidirectionalGradients, of_the_data_and_the_padding) {
  BidirectionalLosses w;
  w.y = 0.7;
  expect_gradient("L_y", w, [](int row) { return row == latents + padding; }, of_squares);
  w = {};
  w.padding = 1.3;
  expect_gradient("padding", w, [](int row) { return row >= latents && row < latents + padding; }, of_squares);
}

// It sees the data that come with the latents, but must not move them.
TEST(BidirectionalGradients, of_the_latents_is_blocked_in_the_data) {
  BidirectionalLosses w;
  w.z = 2;
  expect_gradient("L_z", w, [](int row) { return row < latents; }, of_discrepancies);
  TwoMatrices map, moved;
  moved.values[(latents + padding) * map_size] += 0.5;
  EXPECT_GT(std::abs(weighted_loss(moved, w) - weighted_loss(map, w)), 1e-3);   // far above single precision
}

TEST(BidirectionalGradients, of_the_likelihood) {
  BidirectionalLosses w;
  w.likelihood = 0.6;
  expect_gradient("L_ml", w, [](int row) { return row < map_size; }, of_squares);
}

TEST(BidirectionalGradients, of_the_prior) {
  BidirectionalLosses w;
  w.x = 1.7;
  expect_gradient("L_x", w, all_of_inverse, of_discrepancies);
}

// Of two steps the first has a thousandth of the weight and the second, half the way up, 10^-1.5 of it. The map stays as it
// is, so that what the second step has without a ramp is the gradient of both less that of one.
TEST(BidirectionalGradients, of_the_prior_rise_geometrically) {
  BidirectionalLosses w;
  w.x = 1.7;
  TwoMatrices one, two, rising, risen;
  weighted_loss(one, w);
  weighted_loss(two, w, 2);
  weighted_loss(rising, w, 2, 1);
  weighted_loss(risen, w, 2, 0.25);   // over long before the second step
  for (std::size_t p = 0; p < one.gradient.size(); ++p) {
    const double first = one.gradient[p], second = two.gradient[p] - first;
    EXPECT_NEAR(rising.gradient[p], 1e-3 * first + std::pow(10, -1.5) * second, 1e-12) << p;
    EXPECT_NEAR(risen.gradient[p], 1e-3 * first + second, 1e-12) << p;
  }
}

// The output that is led back is taken as it is: F has no gradient of it.
TEST(BidirectionalGradients, of_the_reconstruction) {
  BidirectionalLosses w;
  w.reconstruction = 0.9;
  expect_gradient("L_rec", w, all_of_inverse, of_squares);
}

TEST(BidirectionalGradients, add_up) {
  BidirectionalLosses w;
  w.y = 0.7, w.padding = 1.3, w.likelihood = 0.6;
  expect_gradient("forward", w, all_of_forward, of_squares);
  w = {};
  w.x = 1.7, w.reconstruction = 0.9;
  expect_gradient("inverse", w, all_of_inverse, of_discrepancies);
}

}  // namespace bornflow
