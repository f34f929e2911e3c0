#include "src/app/vector_flow_adapter.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "src/app/batch_tensor.hpp"
#include "src/app/clipped_step.hpp"

namespace bornflow {

VectorFlowAdapter::VectorFlowAdapter(const Options& options)
    : options_(options), flow_(make_vector_flow<float>(options.architecture, options.seed)) {
  restart_optimiser();
}

VectorFlowAdapter::Scaling VectorFlowAdapter::scaling_of(const Batch& batch) {
  Scaling scaling{column_means(batch), std::vector<double>(batch.size)};
  for (int c = 0; c < batch.size; ++c) {
    double squares = 0;
    for (int i = 0; i < batch.count; ++i) squares += std::pow(batch.row(i)[c] - scaling.shift[c], 2);
    const double deviation = std::sqrt(squares / batch.count);
    // A number that is the same in all rows, such as that of a common fiducial, tells nothing and is only shifted.
    scaling.scale[c] = deviation > 1e-12 * std::abs(scaling.shift[c]) ? deviation : 1;
  }
  return scaling;
}

Tensor<float> VectorFlowAdapter::scaled(const Batch& batch, const Scaling& scaling) {
  BORNFLOW_REQUIRE(scaling.shift.size() == static_cast<std::size_t>(batch.size), "initialise() comes first");
  Batch unit = batch;
  for (int i = 0; i < unit.count; ++i)
    for (int c = 0; c < unit.size; ++c) unit.row(i)[c] = (unit.row(i)[c] - scaling.shift[c]) / scaling.scale[c];
  return to_tensor(unit);
}

void VectorFlowAdapter::initialise(const Batch& x, const Batch& y) {
  x_scaling_ = scaling_of(x), y_scaling_ = scaling_of(y);
  flow_->initialise(scaled(x, x_scaling_), scaled(y, y_scaling_));
}

std::vector<double> VectorFlowAdapter::log_prob(const Batch& x, const Batch& y) {
  constexpr double log_2_pi = 1.8378770664093454836;
  std::vector<double> log_values;
  const Batch z = to_batch(flow_->forward(scaled(x, x_scaling_), scaled(y, y_scaling_), log_values));
  double log_scales = 0;
  for (double scale : x_scaling_.scale) log_scales += std::log(scale);
  for (int i = 0; i < z.count; ++i) {
    for (int c = 0; c < z.size; ++c) log_values[i] -= 0.5 * (z.row(i)[c] * z.row(i)[c] + log_2_pi);
    log_values[i] -= log_scales;
  }
  return log_values;
}

Batch VectorFlowAdapter::sample(const Batch& z, const Batch& y) {
  Batch x = to_batch(flow_->inverse(to_tensor(z), scaled(y, y_scaling_)));
  for (int i = 0; i < x.count; ++i)
    for (int c = 0; c < x.size; ++c) x.row(i)[c] = x_scaling_.shift[c] + x_scaling_.scale[c] * x.row(i)[c];
  return x;
}

std::vector<double> VectorFlowAdapter::fit(const Batch& x, const Batch& y) {
  return flow_->loss_and_gradient(scaled(x, x_scaling_), scaled(y, y_scaling_), 1.0 / x.count);
}

// With f the inverse of T, z = f(x; theta) is fixed: dx/dtheta = -(df/dx)^-1 df/dtheta. So a function whose gradient with
// respect to x is g has -(g^T (df/dx)^-1) df/dtheta with respect to theta, where g includes the way of x into the
// log-determinant of f; the log-determinant's own way to theta comes on top.
void VectorFlowAdapter::backward(const Batch& z, const Batch& y, const Batch& dx, double log_det_weight) {
  const Tensor<float> latent = to_tensor(z), condition = scaled(y, y_scaling_);
  const Tensor<float> nothing(z.count, 1, 1, z.size);
  Batch g = to_batch(flow_->backward(latent, condition, nothing, log_det_weight));
  for (int i = 0; i < g.count; ++i)
    for (int c = 0; c < g.size; ++c) g.row(i)[c] += x_scaling_.scale[c] * dx.row(i)[c];
  const Tensor<float> x = flow_->inverse(latent, condition);
  Batch dz = to_batch(flow_->inverse_transpose(x, condition, to_tensor(g)));
  for (double& value : dz.values) value = -value;
  flow_->backward(latent, condition, to_tensor(dz), 0.0);
}

void VectorFlowAdapter::restart_optimiser() {
  adam_ = std::make_unique<Adam>(flow_->parameters(), options_.adam);
  flow_->parameters().zero_gradients();
}

double VectorFlowAdapter::step(double learning_rate) {
  return clipped_step(flow_->parameters(), *adam_, learning_rate, options_.clip_norm);
}

}  // namespace bornflow
