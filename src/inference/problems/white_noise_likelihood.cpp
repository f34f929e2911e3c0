#include "bornflow/inference/problems/white_noise_likelihood.hpp"

#include <cmath>

namespace bornflow {

double WhiteNoiseLikelihood::misfit(const double* x, const double* y, std::vector<double>& residual) const {
  constexpr double log_2_pi = 1.8378770664093454836;
  residual = forward(x);
  double squares = 0;
  for (int i = 0; i < data_size(); ++i) {
    residual[i] -= y[i];
    squares += residual[i] * residual[i];
  }
  return -0.5 * squares / (sigma_ * sigma_) - data_size() * (std::log(sigma_) + 0.5 * log_2_pi);
}

std::vector<double> WhiteNoiseLikelihood::evaluate(const Batch& x, const Batch& y) const {
  std::vector<double> values(x.count), residual;
  for (int i = 0; i < x.count; ++i) values[i] = misfit(x.row(i), y.shared_row(i), residual);
  return values;
}

LogValues WhiteNoiseLikelihood::differentiate(const Batch& x, const Batch& y) const {
  LogValues result{std::vector<double>(x.count), Batch(x.count, x.size)};
  std::vector<double> residual;
  for (int i = 0; i < x.count; ++i) {
    result.values[i] = misfit(x.row(i), y.shared_row(i), residual);
    const std::vector<double> back = adjoint(residual.data());
    for (int c = 0; c < x.size; ++c) result.gradients.row(i)[c] = -back[c] / (sigma_ * sigma_);
  }
  return result;
}

Batch WhiteNoiseLikelihood::draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const {
  Batch y = normal_batch(x.count, data_size(), seed, Purpose::data_noise, first);
  for (int i = 0; i < x.count; ++i) {
    const std::vector<double> clean = forward(x.row(i));
    for (int r = 0; r < data_size(); ++r) y.row(i)[r] = clean[r] + sigma_ * y.row(i)[r];
  }
  return y;
}

}  // namespace bornflow
