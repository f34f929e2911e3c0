#include "flows/network/conditional_hint.hpp"

#include "bornflow/base/error.hpp"
#include "flows/network/latent.hpp"

namespace bornflow {

template <class T>
ConditionalHint<T>::ConditionalHint(const FlowArchitecture& architecture, std::uint64_t seed)
    : squeeze_(squeeze_from_name(architecture.squeeze)), squeezes_(architecture.scales),
      h_(architecture.nz >> architecture.scales), w_(architecture.nx >> architecture.scales),
      x_channels_(1 << 2 * architecture.scales),
      y_channels_(architecture.condition_channels << 2 * architecture.scales),
      kind_("conditional HINT, image " + std::to_string(architecture.nz) + " x " + std::to_string(architecture.nx)),
      workspace_(std::make_shared<Workspace<T>>()) {
  build(architecture.depth, {architecture.hidden, 3, architecture.clamp, architecture.final_relu}, seed);
}

template <class T>
ConditionalHint<T>::ConditionalHint(const VectorFlowArchitecture& architecture, std::uint64_t seed)
    : squeeze_(Squeeze::haar), squeezes_(0), h_(1), w_(1), x_channels_(architecture.size),
      y_channels_(architecture.condition_size), kind_("conditional HINT of vectors"),
      workspace_(std::make_shared<Workspace<T>>()) {
  build(architecture.depth, {architecture.hidden, 1, architecture.clamp, architecture.final_relu, 1}, seed);
}

template <class T>
void ConditionalHint<T>::build(int depth, const CouplingOptions& options, std::uint64_t seed) {
  hidden_ = options.hidden;
  const LayerContext<T> context{&this->parameters_, workspace_};
  for (int l = 0; l < depth; ++l) {
    const std::string name = "level" + std::to_string(l + 1);
    levels_.push_back(std::unique_ptr<Level>(
        new Level{ActNorm<T>(context, name + ".x.actnorm", x_channels_),
                  ActNorm<T>(context, name + ".y.actnorm", y_channels_),
                  HouseholderMixing<T>(context, name + ".x.mixing", x_channels_),
                  HouseholderMixing<T>(context, name + ".y.mixing", y_channels_),
                  HintCoupling<T>(context, name + ".x.hint", x_channels_, options),
                  HintCoupling<T>(context, name + ".y.hint", y_channels_, options),
                  AffineCoupling<T>(context, name + ".y_to_x", {}, {0, x_channels_}, y_channels_, options)}));
  }
  this->parameters_.allocate();
  RandomStream stream(seed, Purpose::weights, 0);
  for (auto& level : levels_)
    for (Layer<T>* layer : std::initializer_list<Layer<T>*>{&level->x_norm, &level->y_norm, &level->x_mixing,
                                                             &level->y_mixing, &level->x_hint, &level->y_hint,
                                                             &level->y_to_x})
      layer->initialise_weights(stream);
}

template <class T>
std::string ConditionalHint<T>::description() const {
  return kind_ + ", " + std::to_string(x_channels_) + " channels x " + std::to_string(levels_.size()) + " levels, " +
         std::to_string(hidden_) + " hidden channels, " + std::to_string(this->parameters_.size()) + " parameters";
}

template <class T>
double ConditionalHint<T>::forward_flops() const {
  double flops = 0;
  for (const auto& level : levels_)
    flops += level->x_hint.forward_flops(h_, w_) + level->y_hint.forward_flops(h_, w_) +
             level->y_to_x.forward_flops(h_, w_);
  return flops;
}

template <class T>
void ConditionalHint<T>::require_shapes(const Tensor<T>& x, const Tensor<T>& y) const {
  const int factor = 1 << squeezes_;
  BORNFLOW_REQUIRE(x.h == h_ * factor && x.w == w_ * factor && x.c * factor * factor == x_channels_,
                   "x has another size than the network");
  BORNFLOW_REQUIRE(y.h == x.h && y.w == x.w && y.c * factor * factor == y_channels_ && (y.n == x.n || y.n == 1),
                   "y has another size than the network, or another number of samples than x");
}

template <class T>
Tensor<T> ConditionalHint<T>::squeezed(const Tensor<T>& image) const {
  Tensor<T> t = image;
  for (int s = 0; s < squeezes_; ++s) t = squeeze(t, squeeze_);
  return squeezes_ > 0 ? t : clone(t);  // layers work in place
}

template <class T>
Tensor<T> ConditionalHint<T>::unsqueezed(const Tensor<T>& squeezed) const {
  Tensor<T> t = squeezed;
  for (int s = 0; s < squeezes_; ++s) t = unsqueeze(t, squeeze_);
  return t;
}

template <class T>
void ConditionalHint<T>::forward_lanes(Tensor<T>& x, Tensor<T>& y, std::vector<double>& log_det_x,
                                       std::vector<double>& log_det_y) {
  x = squeezed(x), y = squeezed(y);
  for (auto& level : levels_) {
    level->y_norm.forward(y, {}, log_det_y);
    level->y_mixing.forward(y, {}, log_det_y);
    level->x_norm.forward(x, {}, log_det_x);
    level->x_mixing.forward(x, {}, log_det_x);
    level->x_hint.forward(x, {}, log_det_x);
    level->y_to_x.forward(x, {y, {}}, log_det_x);
    level->y_hint.forward(y, {}, log_det_y);
  }
}

template <class T>
void ConditionalHint<T>::initialise(const Tensor<T>& x_image, const Tensor<T>& y_image) {
  require_shapes(x_image, y_image);
  Tensor<T> x = squeezed(x_image), y = squeezed(y_image);
  std::vector<double> unused_x(x.n, 0.0), unused_y(y.n, 0.0);
  for (auto& level : levels_) {
    level->y_norm.initialise_from_data(y);
    level->y_norm.forward(y, {}, unused_y);
    level->y_mixing.forward(y, {}, unused_y);
    level->x_norm.initialise_from_data(x);
    level->x_norm.forward(x, {}, unused_x);
    level->x_mixing.forward(x, {}, unused_x);
    level->x_hint.forward(x, {}, unused_x);
    level->y_to_x.forward(x, {y, {}}, unused_x);
    level->y_hint.forward(y, {}, unused_y);
  }
  this->initialised_ = true;
}

template <class T>
Tensor<T> ConditionalHint<T>::forward(const Tensor<T>& x_image, const Tensor<T>& y_image,
                                      std::vector<double>& log_det) {
  require_shapes(x_image, y_image);
  Tensor<T> x = x_image, y = y_image;
  log_det.assign(x.n, 0.0);
  std::vector<double> log_det_y(y.n, 0.0);
  forward_lanes(x, y, log_det, log_det_y);
  return flattened(x);
}

template <class T>
std::vector<Tensor<T>> ConditionalHint<T>::shown_states(const Tensor<T>& y_image) {
  Tensor<T> y = squeezed(y_image);
  std::vector<double> unused(y.n, 0.0);
  std::vector<Tensor<T>> shown;
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    levels_[l]->y_norm.forward(y, {}, unused);
    levels_[l]->y_mixing.forward(y, {}, unused);
    shown.push_back(clone(y));
    if (l + 1 < levels_.size()) levels_[l]->y_hint.forward(y, {}, unused);
  }
  return shown;
}

template <class T>
Tensor<T> ConditionalHint<T>::inverse(const Tensor<T>& z, const Tensor<T>& y_image) {
  const std::vector<Tensor<T>> shown = shown_states(y_image);
  Tensor<T> x = clone(reshaped(z, h_, w_, x_channels_));
  for (std::size_t l = levels_.size(); l-- > 0;) {
    levels_[l]->y_to_x.inverse(x, {shown[l], {}});
    levels_[l]->x_hint.inverse(x, {});
    levels_[l]->x_mixing.inverse(x, {});
    levels_[l]->x_norm.inverse(x, {});
  }
  return unsqueezed(x);
}

template <class T>
std::vector<double> ConditionalHint<T>::loss(const Tensor<T>& x_image, const Tensor<T>& y_image) {
  require_shapes(x_image, y_image);
  Tensor<T> x = x_image, y = y_image;
  std::vector<double> log_det_x(x.n, 0.0), log_det_y(y.n, 0.0);
  forward_lanes(x, y, log_det_x, log_det_y);
  std::vector<double> loss = gaussian_loss(x, log_det_x);
  const std::vector<double> loss_y = gaussian_loss(y, log_det_y);
  for (std::size_t i = 0; i < loss.size(); ++i) loss[i] += loss_y[y.n == 1 ? 0 : i];
  return loss;
}

template <class T>
std::vector<double> ConditionalHint<T>::loss_and_gradient(const Tensor<T>& x_image, const Tensor<T>& y_image,
                                                          double weight) {
  require_shapes(x_image, y_image);
  Tensor<T> x = x_image, y = repeated(y_image, x_image.n);
  std::vector<double> log_det_x(x.n, 0.0), log_det_y(x.n, 0.0);
  forward_lanes(x, y, log_det_x, log_det_y);
  std::vector<double> loss = gaussian_loss(x, log_det_x);
  const std::vector<double> loss_y = gaussian_loss(y, log_det_y);
  for (std::size_t i = 0; i < loss.size(); ++i) loss[i] += loss_y[i];

  Tensor<T> dx = scaled_copy(x, weight), dy = scaled_copy(y, weight);
  Condition<T> none;
  for (auto it = levels_.rbegin(); it != levels_.rend(); ++it) {
    Level& level = **it;
    level.y_hint.backward(y, dy, none, -weight);
    Condition<T> shown{y, dy};
    level.y_to_x.backward(x, dx, shown, -weight);
    level.x_hint.backward(x, dx, none, -weight);
    level.x_mixing.backward(x, dx, none, -weight);
    level.x_norm.backward(x, dx, none, -weight);
    level.y_mixing.backward(y, dy, none, -weight);
    level.y_norm.backward(y, dy, none, -weight);
  }
  return loss;
}

template <class T>
Tensor<T> ConditionalHint<T>::inverse_transpose(const Tensor<T>& x_image, const Tensor<T>& y_image,
                                                const Tensor<T>& dx_image) {
  require_shapes(x_image, y_image);
  Tensor<T> x = squeezed(x_image), y = squeezed(y_image), dx = squeezed(dx_image);
  std::vector<double> unused(y.n, 0.0);
  for (auto& level : levels_) {
    level->y_norm.forward(y, {}, unused);
    level->y_mixing.forward(y, {}, unused);
    level->x_norm.inverse_transpose(x, dx, {});
    level->x_mixing.inverse_transpose(x, dx, {});
    level->x_hint.inverse_transpose(x, dx, {});
    level->y_to_x.inverse_transpose(x, dx, {y, {}});
    level->y_hint.forward(y, {}, unused);
  }
  return flattened(dx);
}

template <class T>
Tensor<T> ConditionalHint<T>::backward(const Tensor<T>& z, const Tensor<T>& y_image, const Tensor<T>& dz,
                                       double log_det_weight) {
  const std::vector<Tensor<T>> shown = shown_states(repeated(y_image, z.n));
  Tensor<T> x = clone(reshaped(z, h_, w_, x_channels_)), dx = clone(reshaped(dz, h_, w_, x_channels_));
  Condition<T> none;
  for (std::size_t l = levels_.size(); l-- > 0;) {
    Level& level = *levels_[l];
    Condition<T> condition{shown[l], {}};
    level.y_to_x.backward(x, dx, condition, log_det_weight);
    level.x_hint.backward(x, dx, none, log_det_weight);
    level.x_mixing.backward(x, dx, none, log_det_weight);
    level.x_norm.backward(x, dx, none, log_det_weight);
  }
  return unsqueezed(dx);
}

template class ConditionalHint<float>;
template class ConditionalHint<double>;

}  // namespace bornflow
