#include "src/app/adapters/flow_adapter.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/work.hpp"
#include "src/app/adapters/clipped_step.hpp"

namespace bornflow {

namespace {

constexpr double log_2_pi = 1.8378770664093454836;

}  // namespace

FlowAdapter::FlowAdapter(std::unique_ptr<ConditionalFlow<float>> network, const Shape& model, const Shape& condition,
                         Scales scales, const Training& training)
    : flow_(std::move(network)), model_(model), condition_(condition), scales_(scales), training_(training) {
  if (training.ranks && training.ranks->size() > 1)
    reduction_ = std::make_unique<GradientReduction>(*training.ranks, flow_->parameters().size());
  restart_optimiser();
}

void FlowAdapter::copy_density(const FlowAdapter& other) {
  BORNFLOW_REQUIRE(other.flow_->parameters().size() == flow_->parameters().size(), "two flows with the same network");
  Kokkos::deep_copy(flow_->parameters().values(), other.flow_->parameters().values());
  flow_->set_initialised(other.flow_->initialised());
  x_scaling_ = other.x_scaling_, y_scaling_ = other.y_scaling_;
  restart_optimiser();
}

FlowAdapter::Scaling FlowAdapter::scaling_of(const Batch& batch) const {
  Scaling scaling{column_means(batch), std::vector<double>(batch.size)};
  if (scales_ == Scales::of_all_numbers) {
    double mean = 0;
    for (double value : scaling.shift) mean += value / batch.size;
    std::fill(scaling.shift.begin(), scaling.shift.end(), mean);
  }
  for (int c = 0; c < batch.size; ++c) {
    double squares = 0;
    for (int i = 0; i < batch.count; ++i) squares += std::pow(batch.row(i)[c] - scaling.shift[c], 2);
    scaling.scale[c] = squares / batch.count;
  }
  if (scales_ == Scales::of_all_numbers) {
    double variance = 0;
    for (double value : scaling.scale) variance += value / batch.size;
    std::fill(scaling.scale.begin(), scaling.scale.end(), variance);
  }
  for (int c = 0; c < batch.size; ++c) {
    const double deviation = std::sqrt(scaling.scale[c]);
    // A number that is the same in all rows, such as that of a common fiducial, tells nothing and is only shifted.
    scaling.scale[c] = deviation > 1e-12 * std::abs(scaling.shift[c]) ? deviation : 1;
  }
  return scaling;
}

Tensor<float> FlowAdapter::scaled(const Batch& batch, const Shape& shape, const Scaling& scaling) {
  BORNFLOW_REQUIRE(scaling.shift.size() == static_cast<std::size_t>(batch.size), "initialise() comes first");
  Batch unit = batch;
  for (int i = 0; i < unit.count; ++i)
    for (int c = 0; c < unit.size; ++c) unit.row(i)[c] = (unit.row(i)[c] - scaling.shift[c]) / scaling.scale[c];
  return to_tensor(unit, shape);
}

Tensor<float> FlowAdapter::latents(const Batch& z) const { return to_tensor(z, {1, 1, model_.size()}); }

Batch FlowAdapter::mine(const Batch& batch, int rows_of_all) const {
  if (!reduction_ || batch.count < rows_of_all) return batch;
  const WorkRange share = contiguous_share(rows_of_all, training_.ranks->rank(), training_.ranks->size());
  return rows(batch, static_cast<int>(share.begin), static_cast<int>(share.size()));
}

std::vector<double> FlowAdapter::gathered(const std::vector<double>& values) const {
  return reduction_ ? training_.ranks->concatenate(values) : values;
}

void FlowAdapter::initialise(const Batch& x, const Batch& y) {
  x_scaling_ = scaling_of(x), y_scaling_ = scaling_of(y);
  flow_->initialise(scaled(x, model_, x_scaling_), scaled(y, condition_, y_scaling_));
}

// log N(z; 0, 1) + log |det dz/dx|, where the scales have a part in dz/dx.
std::vector<double> FlowAdapter::log_prob_of(const Batch& z, std::vector<double> log_det) const {
  double log_scales = 0;
  for (double scale : x_scaling_.scale) log_scales += std::log(scale);
  for (int i = 0; i < z.count; ++i) {
    for (int c = 0; c < z.size; ++c) log_det[i] -= 0.5 * (z.row(i)[c] * z.row(i)[c] + log_2_pi);
    log_det[i] -= log_scales;
  }
  return log_det;
}

std::vector<double> FlowAdapter::log_prob(const Batch& all_x, const Batch& all_y) {
  const Batch x = mine(all_x, all_x.count), y = mine(all_y, all_x.count);
  std::vector<double> values;
  if (x.count > 0) {
    std::vector<double> log_det;
    const Batch z = to_batch(flow_->forward(scaled(x, model_, x_scaling_), scaled(y, condition_, y_scaling_), log_det));
    values = log_prob_of(z, log_det);
  }
  return gathered(values);
}

LogValues FlowAdapter::log_prob_with_gradients(const Batch& all_x, const Batch& all_y) {
  const Batch x = mine(all_x, all_x.count), y = mine(all_y, all_x.count);
  LogValues result{{}, Batch(0, x.size)};
  if (x.count > 0) {
    const Tensor<float> condition = scaled(y, condition_, y_scaling_);
    std::vector<double> log_det;
    const Tensor<float> latent = flow_->forward(scaled(x, model_, x_scaling_), condition, log_det);
    Batch minus_z = to_batch(latent);
    result.values = log_prob_of(minus_z, log_det);
    for (double& value : minus_z.values) value = -value;
    // The network adds to the gradient of the parameters as well, which nobody has asked for here.
    const auto gradients = flow_->parameters().gradients();
    DeviceArray<float> kept("bornflow::FlowAdapter::kept_gradients", gradients.extent(0));
    Kokkos::deep_copy(kept, gradients);
    result.gradients = to_batch(flow_->backward(latent, condition, latents(minus_z), 1.0));
    Kokkos::deep_copy(gradients, kept);
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c) result.gradients.row(i)[c] /= x_scaling_.scale[c];
  }
  result.values = gathered(result.values);
  result.gradients.values = gathered(result.gradients.values);
  result.gradients.count = all_x.count;
  return result;
}

Batch FlowAdapter::sample(const Batch& all_z, const Batch& all_y) {
  const Batch z = mine(all_z, all_z.count), y = mine(all_y, all_z.count);
  Batch x(0, all_z.size);
  if (z.count > 0) x = to_batch(flow_->inverse(latents(z), scaled(y, condition_, y_scaling_)));
  for (int i = 0; i < x.count; ++i)
    for (int c = 0; c < x.size; ++c) x.row(i)[c] = x_scaling_.shift[c] + x_scaling_.scale[c] * x.row(i)[c];
  x.values = gathered(x.values);
  x.count = all_z.count;
  return x;
}

std::vector<double> FlowAdapter::fit(const Batch& all_x, const Batch& all_y) {
  const Batch x = mine(all_x, all_x.count), y = mine(all_y, all_x.count);
  std::vector<double> losses;
  if (x.count > 0)
    losses = flow_->loss_and_gradient(scaled(x, model_, x_scaling_), scaled(y, condition_, y_scaling_), 1.0 / all_x.count);
  return gathered(losses);
}

// With f the inverse of T, z = f(x; theta) is fixed: dx/dtheta = -(df/dx)^-1 df/dtheta. So a function whose gradient with
// respect to x is g has -(g^T (df/dx)^-1) df/dtheta with respect to theta, where g includes the way of x into the
// log-determinant of f; the log-determinant's own way to theta comes on top.
void FlowAdapter::backward(const Batch& all_z, const Batch& all_y, const Batch& all_dx, double log_det_weight) {
  const Batch z = mine(all_z, all_z.count), y = mine(all_y, all_z.count), dx = mine(all_dx, all_z.count);
  if (z.count == 0) return;
  const Tensor<float> latent = latents(z), condition = scaled(y, condition_, y_scaling_);
  const Tensor<float> nothing = latents(Batch(z.count, z.size));
  Batch g = to_batch(flow_->backward(latent, condition, nothing, log_det_weight));
  for (int i = 0; i < g.count; ++i)
    for (int c = 0; c < g.size; ++c) g.row(i)[c] += x_scaling_.scale[c] * dx.row(i)[c];
  const Tensor<float> x = flow_->inverse(latent, condition);
  Batch dz = to_batch(flow_->inverse_transpose(x, condition, to_tensor(g, model_)));
  for (double& value : dz.values) value = -value;
  flow_->backward(latent, condition, latents(dz), 0.0);
}

void FlowAdapter::restart_optimiser() {
  adam_ = std::make_unique<Adam>(flow_->parameters(), training_.adam);
  flow_->parameters().zero_gradients();
}

double FlowAdapter::step(double learning_rate) {
  return clipped_step(flow_->parameters(), *adam_, {learning_rate, training_.clip_norm}, reduction_.get());
}

}  // namespace bornflow
