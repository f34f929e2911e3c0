#include "bornflow/inference/methods/bidirectional_training.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace bornflow {

namespace {

// u = 3 v, which no step moves.
class Tripling final : public InvertibleMap {
public:
  int size() const override { return 2; }
  Batch forward(const Batch& v, std::vector<double>& log_det) override {
    log_det.assign(v.count, 2 * std::log(3.0));
    return scaled(v, 3);
  }
  Batch inverse(const Batch& u) override { return scaled(u, 1.0 / 3); }
  void forward_gradient(const Batch&, const Batch& du, double log_det_weight) override {
    last_gradient = du;
    last_log_det_weight = log_det_weight;
  }
  void inverse_gradient(const Batch&, const Batch&) override {}
  double step(double) override { return 0; }

  Batch last_gradient;
  double last_log_det_weight = 0;

private:
  static Batch scaled(Batch batch, double factor) {
    for (double& value : batch.values) value *= factor;
    return batch;
  }
};

}  // namespace

// f: (x, padding) -> (z, y), so that z = 3 x.
TEST(BidirectionalTraining, likelihood_of_the_latents_has_the_determinant) {
  Batch x(4, 1), y(4, 1);
  x.values = {0.5, -1, 2, 0.25};
  BidirectionalOptions options;
  options.latent_size = 1;
  options.weights.likelihood = 0.5;
  options.schedule.epochs = 1, options.schedule.batch = 4;
  options.schedule.learning_rate = [](std::int64_t, std::int64_t) { return 1e-3; };
  Tripling map;
  const auto history = train_bidirectionally(map, x, y, options);
  ASSERT_EQ(history.size(), 1u);
  const double mean_square = (0.25 + 1 + 4 + 0.0625) / 4;
  EXPECT_NEAR(history[0].likelihood, 0.5 * 9 * mean_square - 2 * std::log(3.0), 1e-12);
  EXPECT_EQ(map.last_log_det_weight, -0.5 / 4);
  double gradient = 0;   // of the latents: weight * z / batch
  for (int i = 0; i < 4; ++i) gradient += map.last_gradient.row(i)[0];
  EXPECT_NEAR(gradient, 0.5 * 3 * (0.5 - 1 + 2 + 0.25) / 4, 1e-12);
}

}  // namespace bornflow
