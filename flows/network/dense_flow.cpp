#include "flows/network/dense_flow.hpp"

#include "bornflow/base/error.hpp"
#include "flows/layers/act_norm.hpp"
#include "flows/layers/channel_permutation.hpp"
#include "flows/layers/double_coupling.hpp"
#include "flows/layers/hint_coupling.hpp"
#include "flows/layers/householder_mixing.hpp"
#include "flows/network/latent.hpp"

namespace bornflow {

template <class T>
DenseFlow<T>::DenseFlow(const VectorFlowArchitecture& architecture, std::uint64_t seed)
    : architecture_(architecture), workspace_(std::make_shared<Workspace<T>>()) {
  const LayerContext<T> context{&this->parameters_, workspace_};
  for (int l = 0; l < architecture.depth; ++l) add_level(context, l + 1);
  this->parameters_.allocate();
  RandomStream stream(seed, Purpose::weights, 0);
  for (auto& layer : layers_) layer->initialise_weights(stream);
}

template <class T>
void DenseFlow<T>::add_level(const LayerContext<T>& context, int number) {
  const VectorFlowArchitecture& a = architecture_;
  const CouplingOptions options{a.hidden, 1, a.clamp, a.final_relu, 1};
  const std::string name = "level" + std::to_string(number);
  if (a.network == "inn") {
    if (number > 1) layers_.push_back(std::make_unique<ChannelPermutation<T>>(context, a.size, number));
    layers_.push_back(std::make_unique<DoubleCoupling<T>>(context, name + ".block", a.size, options, a.condition_size));
    return;
  }
  layers_.push_back(std::make_unique<ActNorm<T>>(context, name + ".actnorm", a.size));
  layers_.push_back(std::make_unique<HouseholderMixing<T>>(context, name + ".mixing", a.size));
  layers_.push_back(std::make_unique<HintCoupling<T>>(context, name + ".hint", a.size, options, a.condition_size));
}

template <class T>
std::string DenseFlow<T>::description() const {
  return (architecture_.network == "inn" ? "invertible network of vectors of " : "dense flow of vectors of ") +
         std::to_string(architecture_.size) + " given " +
         std::to_string(architecture_.condition_size) + ", " + std::to_string(architecture_.depth) + " levels, " +
         std::to_string(architecture_.hidden) + " hidden numbers, " + std::to_string(this->parameters_.size()) +
         " parameters";
}

template <class T>
double DenseFlow<T>::forward_flops() const {
  double flops = 0;
  for (const auto& layer : layers_) flops += layer->forward_flops(1, 1);
  return flops;
}

template <class T>
void DenseFlow<T>::require_shapes(const Tensor<T>& x, const Tensor<T>& y) const {
  BORNFLOW_REQUIRE(x.h == 1 && x.w == 1 && x.c == architecture_.size, "x has another size than the network");
  BORNFLOW_REQUIRE(architecture_.condition_size == 0 ||
                       (y.h == 1 && y.w == 1 && y.c == architecture_.condition_size && (y.n == x.n || y.n == 1)),
                   "y has another size than the network, or another number of samples than x");
}

template <class T>
Condition<T> DenseFlow<T>::condition(const Tensor<T>& y) const {
  return architecture_.condition_size > 0 ? Condition<T>{y, {}} : Condition<T>{};
}

template <class T>
void DenseFlow<T>::initialise(const Tensor<T>& x_batch, const Tensor<T>& y) {
  require_shapes(x_batch, y);
  Tensor<T> x = clone(x_batch);
  std::vector<double> log_det(x.n, 0.0);
  for (auto& layer : layers_) {
    layer->initialise_from_data(x);
    layer->forward(x, condition(y), log_det);
  }
  this->initialised_ = true;
}

template <class T>
Tensor<T> DenseFlow<T>::forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) {
  require_shapes(x, y);
  log_det.assign(x.n, 0.0);
  Tensor<T> z = clone(x);
  for (auto& layer : layers_) layer->forward(z, condition(y), log_det);
  return z;
}

template <class T>
Tensor<T> DenseFlow<T>::inverse(const Tensor<T>& z, const Tensor<T>& y) {
  require_shapes(z, y);
  Tensor<T> x = clone(z);
  for (auto it = layers_.rbegin(); it != layers_.rend(); ++it) (*it)->inverse(x, condition(y));
  return x;
}

template <class T>
std::vector<double> DenseFlow<T>::loss(const Tensor<T>& x, const Tensor<T>& y) {
  std::vector<double> log_det;
  const Tensor<T> z = forward(x, y, log_det);
  return gaussian_loss(z, log_det);
}

template <class T>
std::vector<double> DenseFlow<T>::loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) {
  std::vector<double> log_det;
  const Tensor<T> z = forward(x, y, log_det);
  backward(z, y, scaled_copy(z, weight), -weight);
  return gaussian_loss(z, log_det);
}

template <class T>
Tensor<T> DenseFlow<T>::inverse_transpose(const Tensor<T>& x_batch, const Tensor<T>& y, const Tensor<T>& dx) {
  require_shapes(x_batch, y);
  Tensor<T> x = clone(x_batch), dz = clone(dx);
  for (auto& layer : layers_) layer->inverse_transpose(x, dz, condition(y));
  return dz;
}

template <class T>
Tensor<T> DenseFlow<T>::backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz, double log_det_weight) {
  require_shapes(z, y);
  Tensor<T> x = clone(z), dx = clone(dz);
  Condition<T> seen = architecture_.condition_size > 0 ? condition(repeated(y, z.n)) : Condition<T>{};
  for (auto it = layers_.rbegin(); it != layers_.rend(); ++it) (*it)->backward(x, dx, seen, log_det_weight);
  return dx;
}

template class DenseFlow<float>;
template class DenseFlow<double>;

}  // namespace bornflow
