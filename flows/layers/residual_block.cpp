#include "flows/layers/residual_block.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "flows/layers/channel_kernels.hpp"

namespace bornflow {

namespace {

/// The first convolution of x and condition together: in each tap, the weights of x and then those of the condition.
struct TapSizes {
  int taps, x, condition;
};

template <class Shape>
TapSizes tap_sizes(const Shape& shape) {
  return {shape.outer_kernel * shape.outer_kernel, shape.c_x * shape.hidden, shape.c_condition * shape.hidden};
}

template <class T>
void join_weights(const TapSizes& sizes, const T* of_x, const T* of_condition, T* joined) {
  const int n_x = sizes.x, n_condition = sizes.condition;
  Kokkos::parallel_for("bornflow::ResidualBlock::join_weights", Kokkos::RangePolicy<ExecutionSpace>(0, sizes.taps),
                       KOKKOS_LAMBDA(const int tap) {
                         T* to = joined + tap * (n_x + n_condition);
                         for (int i = 0; i < n_x; ++i) to[i] = of_x[tap * n_x + i];
                         for (int i = 0; i < n_condition; ++i) to[n_x + i] = of_condition[tap * n_condition + i];
                       });
}

template <class T>
void add_parts(const TapSizes& sizes, const T* joined, T* to_x, T* to_condition) {
  const int n_x = sizes.x, n_condition = sizes.condition;
  Kokkos::parallel_for("bornflow::ResidualBlock::add_parts", Kokkos::RangePolicy<ExecutionSpace>(0, sizes.taps),
                       KOKKOS_LAMBDA(const int tap) {
                         const T* from = joined + tap * (n_x + n_condition);
                         for (int i = 0; i < n_x; ++i) to_x[tap * n_x + i] += from[i];
                         for (int i = 0; i < n_condition; ++i) to_condition[tap * n_condition + i] += from[n_x + i];
                       });
}

template <class T>
void clear(int size, T* values) {
  Kokkos::parallel_for("bornflow::ResidualBlock::clear", Kokkos::RangePolicy<ExecutionSpace>(0, size),
                       KOKKOS_LAMBDA(const int i) { values[i] = 0; });
}

template <class T>
void initialise_convolution(Parameters<T>& parameters, const ParameterSlice& slice, int fan_in, int fan_out,
                            double factor, RandomStream& stream) {
  const double bound = factor * std::sqrt(6.0 / (fan_in + fan_out));  // Glorot & Bengio 2010
  std::vector<double> values(slice.size);
  for (double& v : values) v = stream.uniform(-bound, bound);
  parameters.set(slice, values);
}

}  // namespace

template <class T>
ResidualBlock<T>::ResidualBlock(const LayerContext<T>& context, const std::string& name,
                                const ResidualBlockShape& shape)
    : context_(context), shape_(shape), conv2_({shape.hidden, shape.hidden, shape.middle_kernel}, context.workspace),
      conv3_({shape.hidden, shape.c_out, shape.outer_kernel}, context.workspace) {
  BORNFLOW_REQUIRE(shape.c_x > 0 || shape.c_condition > 0, "a sub-network needs an input");
  auto& p = *context.parameters;
  if (shape.c_x > 0) {
    conv1_x_.emplace(ConvolutionShape{shape.c_x, shape.hidden, shape.outer_kernel}, context.workspace);
    w1_x_ = p.add(name + ".conv1.weight_x", conv1_x_->shape().weight_size());
  }
  if (shape.c_condition > 0) {
    conv1_condition_.emplace(ConvolutionShape{shape.c_condition, shape.hidden, shape.outer_kernel}, context.workspace);
    w1_condition_ = p.add(name + ".conv1.weight_condition", conv1_condition_->shape().weight_size());
  }
  if (shape.c_x > 0 && shape.c_condition > 0)
    conv1_joined_.emplace(ConvolutionShape{shape.c_x + shape.c_condition, shape.hidden, shape.outer_kernel},
                          context.workspace);
  b1_ = p.add(name + ".conv1.bias", shape.hidden);
  w2_ = p.add(name + ".conv2.weight", conv2_.shape().weight_size());
  b2_ = p.add(name + ".conv2.bias", shape.hidden);
  w3_ = p.add(name + ".conv3.weight", conv3_.shape().weight_size());
  b3_ = p.add(name + ".conv3.bias", shape.c_out);
}

template <class T>
void ResidualBlock<T>::initialise_weights(RandomStream& stream) {
  auto& p = *context_.parameters;
  const int taps = shape_.outer_kernel * shape_.outer_kernel;
  const int fan_in = taps * (shape_.c_x + shape_.c_condition), fan_hidden = taps * shape_.hidden;
  const int middle = shape_.middle_kernel * shape_.middle_kernel * shape_.hidden;
  if (conv1_x_) initialise_convolution(p, w1_x_, fan_in, fan_hidden, 1.0, stream);
  if (conv1_condition_) initialise_convolution(p, w1_condition_, fan_in, fan_hidden, 1.0, stream);
  initialise_convolution(p, w2_, middle, middle, 1.0, stream);
  initialise_convolution(p, w3_, fan_hidden, taps * shape_.c_out, 1e-2, stream);
  for (const auto* bias : {&b1_, &b2_, &b3_}) p.set(*bias, std::vector<double>(bias->size, 0.0));
}

template <class T>
Tensor<T> ResidualBlock<T>::respond(const Tensor<T>& condition) const {
  BORNFLOW_REQUIRE(condition.c == shape_.c_condition, "the condition has the wrong number of channels");
  const auto& p = *context_.parameters;
  Tensor<T> response =
      context_.workspace->tensor(Scratch::response, condition.n, condition.h, condition.w, shape_.hidden);
  Epilogue<T> epilogue;
  epilogue.bias = p.value(b1_);
  epilogue.relu = !conv1_x_;  // then this is the whole first layer
  conv1_condition_->forward(condition, p.value(w1_condition_), epilogue, response);
  return response;
}

template <class T>
Tensor<T> ResidualBlock<T>::forward(const Tensor<T>& x, const Tensor<T>& response) {
  const auto& p = *context_.parameters;
  const Tensor<T>& input = conv1_x_ ? x : response;
  n_ = input.n, h_ = input.h, w_ = input.w, joined_ = false, place_ = nullptr;
  if (conv1_x_) {
    Tensor<T> h1 = hidden1();
    Epilogue<T> first;
    first.relu = true;
    if (conv1_condition_) {
      first.add = response.data.data();
      first.add_one_sample = response.n == 1;
    } else {
      first.bias = p.value(b1_);
    }
    conv1_x_->forward(x, p.value(w1_x_), first, h1);
  }
  return rest_of_forward();
}

template <class T>
void ResidualBlock<T>::join(const Tensor<T>& x, const Tensor<T>& condition, T* place) {
  BORNFLOW_REQUIRE(x.c == shape_.c_x && condition.c == shape_.c_condition && condition.n == x.n,
                   "a condition for each sample");
  n_ = x.n, h_ = x.h, w_ = x.w, joined_ = true, place_ = place;
  const Tensor<T> input = joined();
  set_channels(x, 0, input);
  set_channels(condition, x.c, input);
}

template <class T>
Tensor<T> ResidualBlock<T>::restore(const Tensor<T>& x, const Tensor<T>& condition, T* place) {
  join(x, condition, place);
  return output();
}

template <class T>
Tensor<T> ResidualBlock<T>::forward_joined(const Tensor<T>& x, const Tensor<T>& condition, T* place) {
  if (!conv1_joined_) return forward(x, respond(condition));
  join(x, condition, place);
  const auto& p = *context_.parameters;
  Tensor<T> input = joined(), h1 = hidden1();
  T* weights = context_.workspace->pointer(Scratch::joined_weights, conv1_joined_->shape().weight_size());
  join_weights(tap_sizes(shape_), p.value(w1_x_), p.value(w1_condition_), weights);
  conv1_joined_->forward(input, weights, {p.value(b1_), nullptr, false, true, nullptr}, h1);
  return rest_of_forward();
}

template <class T>
Tensor<T> ResidualBlock<T>::rest_of_forward() {
  const auto& p = *context_.parameters;
  Tensor<T> h1 = hidden1(), h2 = hidden2(), out = output();
  conv2_.forward(h1, p.value(w2_), {p.value(b2_), h1.data.data(), false, true, nullptr}, h2);
  conv3_.forward(h2, p.value(w3_), {p.value(b3_), nullptr, false, shape_.final_relu, nullptr}, out);
  return out;
}

template <class T>
Tensor<T> ResidualBlock<T>::joined() const {
  return context_.workspace->tensor(Scratch::joined, n_, h_, w_, shape_.c_x + shape_.c_condition);
}
template <class T>
Tensor<T> ResidualBlock<T>::placed(Scratch scratch, int first_channel, int channels) const {
  if (!place_) return context_.workspace->tensor(scratch, n_, h_, w_, channels);
  Tensor<T> t;
  t.n = n_, t.h = h_, t.w = w_, t.c = channels;
  t.data = DeviceArray<T>(place_ + t.pixels() * first_channel, t.size());
  return t;
}
template <class T>
Tensor<T> ResidualBlock<T>::hidden1() const {
  // Without x, the condition's response is the whole first layer.
  return placed(conv1_x_ ? Scratch::hidden1 : Scratch::response, 0, shape_.hidden);
}
template <class T>
Tensor<T> ResidualBlock<T>::hidden2() const {
  return placed(Scratch::hidden2, shape_.hidden, shape_.hidden);
}
template <class T>
Tensor<T> ResidualBlock<T>::output() const {
  return placed(Scratch::output, 2 * shape_.hidden, shape_.c_out);
}

template <class T>
void ResidualBlock<T>::backward(const Tensor<T>& x, const Tensor<T>& condition, const Tensor<T>& d_output,
                                Gradients wanted, Tensor<T>* dx, Tensor<T>* d_condition) {
  const auto& p = *context_.parameters;
  auto& workspace = *context_.workspace;
  const bool with_parameters = wanted == Gradients::parameters_and_input;
  const int n = n_, h = h_, w = w_;
  const Tensor<T> h1 = hidden1(), h2 = hidden2();

  if (with_parameters) conv3_.backward_weights(h2, d_output, p.gradient(w3_), p.gradient(b3_));
  Tensor<T> d2 = workspace.tensor(Scratch::d_hidden2, n, h, w, shape_.hidden);
  conv3_.backward_data(d_output, p.value(w3_), {nullptr, nullptr, false, false, h2.data.data()}, d2);

  if (with_parameters) conv2_.backward_weights(h1, d2, p.gradient(w2_), p.gradient(b2_));
  Tensor<T> d1 = workspace.tensor(Scratch::d_hidden1, n, h, w, shape_.hidden);
  conv2_.backward_data(d2, p.value(w2_), {nullptr, d2.data.data(), false, false, h1.data.data()}, d1);

  BORNFLOW_REQUIRE(!conv1_condition_ || (!with_parameters && !d_condition) || condition.n == n,
                   "gradients need a condition for each sample");
  if (with_parameters) backward_weights_of_first(x, condition, d1);
  if (conv1_x_ && dx) conv1_x_->backward_data(d1, p.value(w1_x_), {}, *dx);
  if (conv1_condition_ && d_condition) {
    Tensor<T> part = workspace.tensor(Scratch::d_condition, n, h, w, shape_.c_condition);
    conv1_condition_->backward_data(d1, p.value(w1_condition_), {}, part);
    add_channels(part, 0, *d_condition);
  }
}

template <class T>
void ResidualBlock<T>::backward_weights_of_first(const Tensor<T>& x, const Tensor<T>& condition,
                                                 const Tensor<T>& d1) const {
  const auto& p = *context_.parameters;
  if (!joined_) {
    if (conv1_x_) conv1_x_->backward_weights(x, d1, p.gradient(w1_x_), p.gradient(b1_));
    if (conv1_condition_)
      conv1_condition_->backward_weights(condition, d1, p.gradient(w1_condition_), conv1_x_ ? nullptr : p.gradient(b1_));
    return;
  }
  const int size = conv1_joined_->shape().weight_size();
  T* gradient = context_.workspace->pointer(Scratch::joined_weights, size);
  clear(size, gradient);
  conv1_joined_->backward_weights(joined(), d1, gradient, p.gradient(b1_));
  add_parts(tap_sizes(shape_), gradient, p.gradient(w1_x_), p.gradient(w1_condition_));
}

template <class T>
double ResidualBlock<T>::forward_flops(int h, int w) const {
  const double pixels = static_cast<double>(h) * w;
  double flops = conv2_.shape().flops(pixels) + conv3_.shape().flops(pixels);
  if (conv1_x_) flops += conv1_x_->shape().flops(pixels);
  if (conv1_condition_) flops += conv1_condition_->shape().flops(pixels);
  return flops;
}

template class ResidualBlock<float>;
template class ResidualBlock<double>;

}  // namespace bornflow
