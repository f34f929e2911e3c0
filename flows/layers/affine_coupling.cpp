#include "flows/layers/affine_coupling.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"
#include "flows/layers/affine_kernels.hpp"
#include "flows/layers/channel_kernels.hpp"

namespace bornflow {

namespace {

/// Samples are grouped until a group has this many pixels: with 32 to 64 hidden channels its activations fill, but do
/// not overflow, a second-level cache of 1 MiB.
constexpr int pixels_per_group = 1024;

ResidualBlockShape network_shape(ChannelRange passive, ChannelRange active, int condition_channels,
                                 const CouplingOptions& options) {
  return {passive.count,         condition_channels, options.hidden,      2 * active.count,
          options.middle_kernel, options.final_relu, options.outer_kernel};
}

}  // namespace

template <class T>
AffineCoupling<T>::AffineCoupling(const LayerContext<T>& context, const std::string& name, ChannelRange passive,
                                  ChannelRange active, int condition_channels, const CouplingOptions& options)
    : context_(context), passive_(passive), active_(active), clamp_(options.clamp),
      network_(context, name, network_shape(passive, active, condition_channels, options)) {
  BORNFLOW_REQUIRE(passive.count == 0 || passive.first + passive.count <= active.first ||
                       active.first + active.count <= passive.first,
                   "the two ranges of a coupling must not overlap");
  BORNFLOW_REQUIRE(options.clamp > 0, "the bound on the log-scale must be positive");
}

template <class T>
Tensor<T> AffineCoupling<T>::passive_part(const Tensor<T>& group) const {
  if (passive_.count == 0) return {};
  Tensor<T> part = context_.workspace->tensor(Scratch::passive, group.n, group.h, group.w, passive_.count);
  copy_channels(group, passive_.first, part);
  return part;
}

/// The sub-network's output for a group with its own conditions.
template <class T>
Tensor<T> AffineCoupling<T>::evaluate(const Tensor<T>& passive, const Tensor<T>& condition, Activations activations,
                                      int first_sample) {
  auto& kept = context_.workspace->kept();
  if (activations == Activations::recompute || passive_.count == 0) return network_.forward_joined(passive, condition);
  if (activations == Activations::keep)
    return network_.forward_joined(passive, condition,
                                   kept.keep(this, first_sample, network_.activation_size(passive)));
  T* place = kept.find(this, first_sample);
  return place ? network_.restore(passive, condition, place) : network_.forward_joined(passive, condition);
}

/// Calls work(first sample, number, passive part, condition of the group, output) for each group of samples.
template <class T>
template <class Work>
void AffineCoupling<T>::for_each_group(const Tensor<T>& x, const Tensor<T>& condition, Activations activations,
                                       const Work& work) {
  const int group = std::max(1, pixels_per_group / (x.h * x.w));
  const bool conditional = network_.shape().c_condition > 0;
  BORNFLOW_REQUIRE(!conditional || condition.n == x.n || condition.n == 1,
                   "a condition for each sample, or one for all");
  const bool shared = conditional && condition.n == 1;
  Tensor<T> response, output;
  if (shared) response = network_.respond(condition);
  const bool output_once = shared && passive_.count == 0;
  if (output_once) output = network_.forward({}, response);
  for (int first = 0; first < x.n; first += group) {
    const int count = std::min(group, x.n - first);
    const Tensor<T> passive = passive_part(samples(x, first, count));
    const Tensor<T> group_condition = conditional && !shared ? samples(condition, first, count) : condition;
    if (conditional && !shared)
      output = evaluate(passive, group_condition, activations, first);
    else if (!output_once)
      output = network_.forward(passive, response);
    work(first, count, passive, group_condition, output);
  }
}

template <class T>
void AffineCoupling<T>::forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) {
  const AffineKernels<T> kernels{active_.first, active_.count, static_cast<T>(clamp_), network_.shape().final_relu};
  const auto work = [&](int first, int count, const Tensor<T>&, const Tensor<T>&, Tensor<T>& output) {
    kernels.forward(output, samples(x, first, count), log_det.data() + first, *context_.workspace);
  };
  for_each_group(x, condition.value, Activations::keep, work);
}

template <class T>
void AffineCoupling<T>::inverse(Tensor<T>& z, const Condition<T>& condition) {
  const AffineKernels<T> kernels{active_.first, active_.count, static_cast<T>(clamp_), network_.shape().final_relu};
  const auto work = [&](int first, int count, const Tensor<T>&, const Tensor<T>&, Tensor<T>& output) {
    kernels.inverse(output, samples(z, first, count));
  };
  for_each_group(z, condition.value, Activations::recompute, work);
}

template <class T>
void AffineCoupling<T>::backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) {
  const AffineKernels<T> kernels{active_.first, active_.count, static_cast<T>(clamp_), network_.shape().final_relu};
  BORNFLOW_REQUIRE(network_.shape().c_condition == 0 || condition.value.n == z.n,
                   "the gradient of the parameters needs a condition for each sample");
  const bool condition_gradient = condition.gradient.n > 0 && network_.shape().c_condition > 0;
  const auto work = [&](int first, int count, const Tensor<T>& passive, const Tensor<T>& group_condition,
                        Tensor<T>& output) {
    const Tensor<T> dz_group = samples(dz, first, count);
    kernels.backward(output, samples(z, first, count), dz_group, static_cast<T>(log_det_weight));
    Tensor<T> d_passive, d_condition;
    if (passive_.count) d_passive = context_.workspace->tensor(Scratch::d_passive, count, z.h, z.w, passive_.count);
    if (condition_gradient) d_condition = samples(condition.gradient, first, count);
    network_.backward(passive, group_condition, output, ResidualBlock<T>::Gradients::parameters_and_input,
                      passive_.count ? &d_passive : nullptr, condition_gradient ? &d_condition : nullptr);
    if (passive_.count) add_channels(d_passive, passive_.first, dz_group);
  };
  for_each_group(z, condition.value, Activations::reuse, work);
}

template <class T>
void AffineCoupling<T>::inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) {
  const AffineKernels<T> kernels{active_.first, active_.count, static_cast<T>(clamp_), network_.shape().final_relu};
  const auto work = [&](int first, int count, const Tensor<T>& passive, const Tensor<T>& group_condition,
                        Tensor<T>& output) {
    const Tensor<T> dx_group = samples(dx, first, count);
    kernels.inverse_transpose(output, samples(x, first, count), dx_group, passive_.count > 0);
    if (!passive_.count) return;  // the condition is fixed: nothing more depends on z
    Tensor<T> d_passive = context_.workspace->tensor(Scratch::d_passive, count, x.h, x.w, passive_.count);
    network_.backward(passive, group_condition, output, ResidualBlock<T>::Gradients::input_only, &d_passive, nullptr);
    add_channels(d_passive, passive_.first, dx_group);
  };
  for_each_group(x, condition.value, Activations::recompute, work);
}

template class AffineCoupling<float>;
template class AffineCoupling<double>;

}  // namespace bornflow
