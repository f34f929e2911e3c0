#include "bornflow/inference/problems/sensing_likelihood.hpp"

#include <cmath>

namespace bornflow {

double SensingLikelihood::misfit(const double* x, const double* y, std::vector<double>& residual) const {
  constexpr double log_2_pi = 1.8378770664093454836;
  residual = convolution_->project(x);
  double squares = 0;
  for (std::size_t i = 0; i < residual.size(); ++i) {
    residual[i] -= y[i];
    squares += residual[i] * residual[i];
  }
  return -0.5 * squares / (sigma_ * sigma_) - static_cast<double>(residual.size()) * (std::log(sigma_) + 0.5 * log_2_pi);
}

std::vector<double> SensingLikelihood::evaluate(const Batch& x, const Batch& y) const {
  std::vector<double> values(x.count), residual;
  for (int i = 0; i < x.count; ++i) values[i] = misfit(x.row(i), y.shared_row(i), residual);
  return values;
}

LogValues SensingLikelihood::differentiate(const Batch& x, const Batch& y) const {
  LogValues result{std::vector<double>(x.count), Batch(x.count, x.size)};
  std::vector<double> residual;
  for (int i = 0; i < x.count; ++i) {
    result.values[i] = misfit(x.row(i), y.shared_row(i), residual);
    const std::vector<double> back = convolution_->project(residual.data());
    for (int c = 0; c < x.size; ++c) result.gradients.row(i)[c] = -back[c] / (sigma_ * sigma_);
  }
  return result;
}

Batch SensingLikelihood::draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const {
  Batch y = normal_batch(x.count, x.size, seed, Purpose::data_noise, first);
  for (int i = 0; i < x.count; ++i) {
    const std::vector<double> clean = convolution_->project(x.row(i));
    for (int c = 0; c < x.size; ++c) y.row(i)[c] = clean[c] + sigma_ * y.row(i)[c];
  }
  return y;
}

}  // namespace bornflow
