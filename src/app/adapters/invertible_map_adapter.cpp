#include "src/app/adapters/invertible_map_adapter.hpp"

#include "bornflow/base/error.hpp"
#include "flows/network/latent.hpp"
#include "src/app/adapters/batch_tensor.hpp"
#include "src/app/adapters/clipped_step.hpp"

namespace bornflow {

InvertibleMapAdapter::InvertibleMapAdapter(const Options& options)
    : options_(options), flow_(make_vector_flow<float>(options.architecture, options.seed)) {
  BORNFLOW_REQUIRE(options.architecture.condition_size == 0, "an invertible map has no condition");
  adam_ = std::make_unique<Adam>(flow_->parameters(), options_.adam);
  flow_->parameters().zero_gradients();
}

Batch InvertibleMapAdapter::forward(const Batch& v, std::vector<double>& log_det) {
  return to_batch(flow_->forward(to_tensor(v), {}, log_det));
}

Batch InvertibleMapAdapter::inverse(const Batch& u) { return to_batch(flow_->inverse(to_tensor(u), {})); }

void InvertibleMapAdapter::forward_gradient(const Batch& u, const Batch& du, double log_det_weight) {
  flow_->backward(to_tensor(u), {}, to_tensor(du), log_det_weight);
}

// f(f^-1(u)) = u for all parameters: d f^-1 / dtheta = -(df/dv)^-1 df/dtheta. So dv reaches the parameters as
// -(df/dv)^-T dv, a gradient with respect to u, does through f.
void InvertibleMapAdapter::inverse_gradient(const Batch& v, const Batch& dv) {
  const Tensor<float> at = to_tensor(v);
  const Tensor<float> du = flow_->inverse_transpose(at, {}, to_tensor(dv));
  std::vector<double> log_det;
  flow_->backward(flow_->forward(at, {}, log_det), {}, scaled_copy(du, -1.0), 0.0);
}

double InvertibleMapAdapter::step(double learning_rate) {
  return clipped_step(flow_->parameters(), *adam_, {learning_rate, options_.clip_norm});
}

}  // namespace bornflow
