#pragma once

#include <cmath>

#include "bornflow/inference/trainable_flow.hpp"

namespace bornflow::test {

/// The smallest flow there is: x = mean + exp(log_scale) z, whatever y, trained by plain gradient descent. What inference
/// does with it is known in closed form.
class MeanFieldFlow final : public TrainableFlow {
public:
  MeanFieldFlow(int size, int condition_size)
      : mean(size), log_scale(size), condition_size_(condition_size), d_mean_(size), d_log_scale_(size) {}
  std::vector<double> mean, log_scale;

  int model_size() const override { return static_cast<int>(mean.size()); }
  int condition_size() const override { return condition_size_; }
  void initialise(const Batch&, const Batch&) override {}
  std::vector<double> log_prob(const Batch& x, const Batch&) override {
    std::vector<double> values(x.count);
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c) {
        const double z = (x.row(i)[c] - mean[c]) * std::exp(-log_scale[c]);
        values[i] -= 0.5 * z * z + log_scale[c] + 0.5 * std::log(2 * std::acos(-1.0));
      }
    return values;
  }
  LogValues log_prob_with_gradients(const Batch& x, const Batch& y) override {
    LogValues result{log_prob(x, y), Batch(x.count, x.size)};
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c)
        result.gradients.row(i)[c] = -(x.row(i)[c] - mean[c]) * std::exp(-2 * log_scale[c]);
    return result;
  }
  Batch sample(const Batch& z, const Batch&) override {
    Batch x = z;
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c) x.row(i)[c] = mean[c] + std::exp(log_scale[c]) * z.row(i)[c];
    return x;
  }
  std::vector<double> fit(const Batch& x, const Batch& y) override {
    std::vector<double> loss = log_prob(x, y);
    for (double& value : loss) value = -value;
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c) {
        const double z = (x.row(i)[c] - mean[c]) * std::exp(-log_scale[c]);
        d_mean_[c] -= z * std::exp(-log_scale[c]) / x.count;
        d_log_scale_[c] += (1 - z * z) / x.count;
      }
    return loss;
  }
  void backward(const Batch& z, const Batch&, const Batch& dx, double log_det_weight) override {
    for (int i = 0; i < z.count; ++i)
      for (int c = 0; c < z.size; ++c) {
        d_mean_[c] += dx.row(i)[c];
        d_log_scale_[c] += dx.row(i)[c] * std::exp(log_scale[c]) * z.row(i)[c] - log_det_weight;
      }
  }
  void restart_optimiser() override {}
  double step(double learning_rate) override {
    double squares = 0;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      squares += d_mean_[c] * d_mean_[c] + d_log_scale_[c] * d_log_scale_[c];
      mean[c] -= learning_rate * d_mean_[c];
      log_scale[c] -= learning_rate * d_log_scale_[c];
      d_mean_[c] = d_log_scale_[c] = 0;
    }
    return std::sqrt(squares);
  }

private:
  int condition_size_;
  std::vector<double> d_mean_, d_log_scale_;
};

}  // namespace bornflow::test
