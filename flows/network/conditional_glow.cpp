#include "flows/network/conditional_glow.hpp"

#include "bornflow/base/error.hpp"
#include "flows/layers/act_norm.hpp"
#include "flows/layers/affine_coupling.hpp"
#include "flows/layers/channel_kernels.hpp"
#include "flows/layers/householder_mixing.hpp"
#include "flows/network/latent.hpp"

namespace bornflow {

template <class T>
ConditionalGlow<T>::ConditionalGlow(const FlowArchitecture& architecture, std::uint64_t seed)
    : architecture_(architecture), squeeze_(squeeze_from_name(architecture.squeeze)),
      workspace_(std::make_shared<Workspace<T>>()) {
  const LayerContext<T> context{&this->parameters_, workspace_};
  const CouplingOptions options{architecture.hidden, 1, architecture.clamp, architecture.final_relu};
  int h = architecture.nz, w = architecture.nx, channels = 1, condition = pyramid_channels();
  for (int s = 0; s < architecture.scales; ++s) {
    h /= 2, w /= 2, channels *= 4, condition *= 4;
    const int seen = condition + architecture.condition_features;
    Scale scale{h, w, channels, s + 1 < architecture.scales, {}};
    for (int step = 0; step < architecture.depth; ++step) {
      const std::string name = "scale" + std::to_string(s + 1) + ".step" + std::to_string(step + 1);
      const ChannelRange passive{0, channels / 2}, active{channels / 2, channels - channels / 2};
      scale.layers.push_back(std::make_unique<ActNorm<T>>(context, name + ".actnorm", channels));
      scale.layers.push_back(std::make_unique<HouseholderMixing<T>>(context, name + ".mixing", channels));
      scale.layers.push_back(
          std::make_unique<AffineCoupling<T>>(context, name + ".coupling", passive, active, seen, options));
    }
    scales_.push_back(std::move(scale));
    channels /= 2;
  }
  if (architecture.condition_features > 0)
    condition_network_ =
        std::make_unique<ConditionNetwork<T>>(context, "condition", architecture.condition_channels,
                                              architecture.scales, architecture.condition_features, squeeze_);
  this->parameters_.allocate();
  RandomStream stream(seed, Purpose::weights, 0);
  for (auto& scale : scales_)
    for (auto& layer : scale.layers) layer->initialise_weights(stream);
  if (condition_network_) condition_network_->initialise_weights(stream);
}

template <class T>
std::string ConditionalGlow<T>::description() const {
  return "conditional GLOW, image " + std::to_string(architecture_.nz) + " x " + std::to_string(architecture_.nx) +
         ", " + std::to_string(architecture_.scales) + " scales x " + std::to_string(architecture_.depth) + " steps, " +
         std::to_string(architecture_.hidden) + " hidden channels, " +
         (condition_network_ ? std::to_string(architecture_.condition_features) + " condition features, " : "") +
         std::to_string(this->parameters_.size()) +
         " parameters";
}

template <class T>
double ConditionalGlow<T>::forward_flops() const {
  double flops = condition_network_ ? condition_network_->forward_flops(architecture_.nz, architecture_.nx) : 0;
  for (const auto& scale : scales_)
    for (const auto& layer : scale.layers) flops += layer->forward_flops(scale.h, scale.w);
  return flops;
}

template <class T>
void ConditionalGlow<T>::require_shapes(const Tensor<T>& x, const Tensor<T>& y) const {
  BORNFLOW_REQUIRE(x.h == architecture_.nz && x.w == architecture_.nx && x.c == 1,
                   "x has another size than the network");
  BORNFLOW_REQUIRE(y.h == x.h && y.w == x.w && y.c == architecture_.condition_channels && (y.n == x.n || y.n == 1),
                   "y has another size than the network, or another number of samples than x");
}

template <class T>
std::vector<Condition<T>> ConditionalGlow<T>::conditions(const Tensor<T>& y,
                                                         typename ConditionNetwork<T>::Activations* kept) const {
  typename ConditionNetwork<T>::Activations activations;
  if (condition_network_) activations = condition_network_->forward(y);
  std::vector<Condition<T>> all;
  Tensor<T> level = y;
  if (architecture_.condition_scalars > 0) {
    level = Tensor<T>(y.n, y.h, y.w, pyramid_channels(), "bornflow::pyramid");
    copy_channels(y, 0, level);
  }
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    level = squeeze(level, squeeze_);
    Tensor<T> seen = level;
    if (condition_network_) {
      const Tensor<T>& features = activations[s].features;
      seen = Tensor<T>(level.n, level.h, level.w, level.c + features.c, "bornflow::condition");
      set_channels(level, 0, seen);
      set_channels(features, level.c, seen);
    }
    all.push_back({seen, {}});
  }
  if (kept) *kept = std::move(activations);
  return all;
}

template <class T>
template <class Step>
std::vector<Tensor<T>> ConditionalGlow<T>::walk_down(std::vector<Tensor<T>> tensors, const Step& step) const {
  std::vector<Tensor<T>> latents;
  for (const auto& t : tensors) latents.emplace_back(t.n, 1, 1, latent_size(), "bornflow::latent");
  int filled = 0;
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    const Scale& scale = scales_[s];
    for (auto& t : tensors) t = squeeze(t, squeeze_);
    for (auto& layer : scale.layers) step(*layer, tensors, s);
    const int kept = scale.splits ? scale.channels / 2 : 0, leaving = scale.channels - kept;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      Tensor<T> out(tensors[i].n, scale.h, scale.w, leaving), rest(tensors[i].n, scale.h, scale.w, kept);
      copy_channels(tensors[i], kept, out);
      if (kept) copy_channels(tensors[i], 0, rest);
      set_channels(flattened(out), filled, latents[i]);
      tensors[i] = rest;
    }
    filled += scale.h * scale.w * leaving;
  }
  return latents;
}

template <class T>
template <class Step>
std::vector<Tensor<T>> ConditionalGlow<T>::walk_up(const std::vector<Tensor<T>>& latents, const Step& step) const {
  std::vector<Tensor<T>> tensors(latents.size());
  int left = latent_size();
  for (int s = static_cast<int>(scales_.size()) - 1; s >= 0; --s) {
    const Scale& scale = scales_[s];
    const int kept = scale.splits ? scale.channels / 2 : 0, leaving = scale.channels - kept;
    left -= scale.h * scale.w * leaving;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      Tensor<T> out(latents[i].n, 1, 1, scale.h * scale.w * leaving);
      copy_channels(latents[i], left, out);
      Tensor<T> whole(latents[i].n, scale.h, scale.w, scale.channels);
      if (kept) set_channels(tensors[i], 0, whole);
      set_channels(reshaped(out, scale.h, scale.w, leaving), kept, whole);
      tensors[i] = whole;
    }
    for (auto it = scale.layers.rbegin(); it != scale.layers.rend(); ++it) step(**it, tensors, s);
    for (auto& t : tensors) t = unsqueeze(t, squeeze_);
  }
  return tensors;
}

template <class T>
void ConditionalGlow<T>::initialise(const Tensor<T>& x, const Tensor<T>& y) {
  require_shapes(x, y);
  const auto seen = conditions(y);
  std::vector<double> log_det(x.n, 0.0);
  walk_down({x}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.initialise_from_data(t[0]);
    layer.forward(t[0], seen[s], log_det);
  });
  this->initialised_ = true;
}

template <class T>
Tensor<T> ConditionalGlow<T>::forward_with(const std::vector<Condition<T>>& seen, const Tensor<T>& x,
                                           std::vector<double>& log_det) const {
  log_det.assign(x.n, 0.0);
  return walk_down({x}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.forward(t[0], seen[s], log_det);
  })[0];
}

template <class T>
Tensor<T> ConditionalGlow<T>::forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) {
  require_shapes(x, y);
  return forward_with(conditions(y), x, log_det);
}

template <class T>
Tensor<T> ConditionalGlow<T>::inverse(const Tensor<T>& z, const Tensor<T>& y) {
  const auto seen = conditions(y);
  return walk_up({z}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.inverse(t[0], seen[s]);
  })[0];
}

template <class T>
std::vector<double> ConditionalGlow<T>::loss(const Tensor<T>& x, const Tensor<T>& y) {
  std::vector<double> log_det;
  const Tensor<T> z = forward(x, y, log_det);
  return gaussian_loss(z, log_det);
}

template <class T>
std::vector<double> ConditionalGlow<T>::loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) {
  require_shapes(x, y);
  typename ConditionNetwork<T>::Activations activations;
  auto seen = conditions(repeated(y, x.n), &activations);
  const KeepActivations<T> keep(workspace_->kept());
  std::vector<double> log_det;
  const Tensor<T> z = forward_with(seen, x, log_det);
  if (condition_network_)
    for (auto& c : seen) c.gradient = Tensor<T>(c.value.n, c.value.h, c.value.w, c.value.c, "bornflow::d_condition");
  walk_up({z, scaled_copy(z, weight)}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.backward(t[0], t[1], seen[s], -weight);
  });
  if (condition_network_) {
    std::vector<Tensor<T>> d_features;
    for (const auto& c : seen) {
      d_features.emplace_back(c.value.n, c.value.h, c.value.w, condition_network_->features());
      copy_channels(c.gradient, c.value.c - condition_network_->features(), d_features.back());
    }
    condition_network_->backward(activations, d_features, nullptr);
  }
  return gaussian_loss(z, log_det);
}

template <class T>
Tensor<T> ConditionalGlow<T>::inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) {
  require_shapes(x, y);
  const auto seen = conditions(y);
  return walk_down({x, dx}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.inverse_transpose(t[0], t[1], seen[s]);
  })[1];
}

template <class T>
Tensor<T> ConditionalGlow<T>::backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz,
                                       double log_det_weight) {
  auto seen = conditions(repeated(y, z.n));
  return walk_up({z, dz}, [&](Layer<T>& layer, std::vector<Tensor<T>>& t, std::size_t s) {
    layer.backward(t[0], t[1], seen[s], log_det_weight);
  })[1];
}

template class ConditionalGlow<float>;
template class ConditionalGlow<double>;

}  // namespace bornflow
