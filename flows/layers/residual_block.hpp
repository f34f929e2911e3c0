#pragma once

#include <optional>
#include <string>

#include "flows/layers/layer.hpp"
#include "flows/tensor/convolution.hpp"

namespace bornflow {

struct ResidualBlockShape {
  int c_x = 0;           ///< channels of the part of the input that belongs to the flow; 0 if none
  int c_condition = 0;   ///< channels of the condition; 0 if none
  int hidden = 32;
  int c_out = 2;
  int middle_kernel = 1; ///< 1 or 3
  bool final_relu = false;
  int outer_kernel = 3;  ///< of the first and the last convolution; 1 for vectors, that is images of one point
};

/// The network inside a coupling (He et al. 2016; Orozco et al. 2024):
///
///   h1 = relu(conv3(x; W1x) + conv3(condition; W1c) + b1)
///   h2 = relu(h1 + conv(h1; W2) + b2)
///   output = conv3(h2; W3) + b3, through a relu if final_relu
///
/// with the outer kernel in place of 3. With kernels of 1 this is a dense network, applied at each point.
/// W1 acts on the concatenation of x and the condition; it is kept in two parts so that a condition shared by the
/// batch is convolved once. With a condition for each sample the parts are joined for one convolution. W3 starts at a
/// hundredth of the Glorot scale, so that the flow starts near the identity.
template <class T>
class ResidualBlock {
public:
  ResidualBlock(const LayerContext<T>& context, const std::string& name, const ResidualBlockShape& shape);
  const ResidualBlockShape& shape() const { return shape_; }
  void initialise_weights(RandomStream& stream);

  /// The condition's part of the first layer, for forward(); in scratch memory, valid until the next call.
  Tensor<T> respond(const Tensor<T>& condition) const;
  /// The output for x (empty if c_x is 0); `response` is empty or has x.n samples or 1. The result and the activations
  /// stay in scratch memory until the next call, for backward().
  Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& response);
  /// The same for a condition with x.n samples, without the detour of a response. With a `place` of activation_size()
  /// numbers the result and the activations are there, until the caller gives it away.
  Tensor<T> forward_joined(const Tensor<T>& x, const Tensor<T>& condition, T* place = nullptr);
  /// As after forward_joined() with that place and the same arguments, which did the work.
  Tensor<T> restore(const Tensor<T>& x, const Tensor<T>& condition, T* place);
  std::size_t activation_size(const Tensor<T>& x) const { return x.pixels() * (2 * shape_.hidden + shape_.c_out); }

  /// What backward() computes besides the gradient of x.
  enum class Gradients { parameters_and_input, input_only };
  /// After forward() with the same x: gradients from d_output, that is with respect to conv3(h2; W3) + b3, so the
  /// caller has applied the derivative of a final relu; it may be the memory of the output itself. dx (may be null) is
  /// set, d_condition (may be null) gets the gradient added.
  void backward(const Tensor<T>& x, const Tensor<T>& condition, const Tensor<T>& d_output, Gradients wanted,
                Tensor<T>* dx, Tensor<T>* d_condition);

  double forward_flops(int h, int w) const;

private:
  void join(const Tensor<T>& x, const Tensor<T>& condition, T* place);
  Tensor<T> rest_of_forward();
  void backward_weights_of_first(const Tensor<T>& x, const Tensor<T>& condition, const Tensor<T>& d1) const;
  Tensor<T> joined() const;
  Tensor<T> placed(Scratch scratch, int first_channel, int channels) const;
  Tensor<T> hidden1() const;
  Tensor<T> hidden2() const;
  Tensor<T> output() const;

  LayerContext<T> context_;
  ResidualBlockShape shape_;
  std::optional<Convolution<T>> conv1_x_, conv1_condition_, conv1_joined_;
  Convolution<T> conv2_, conv3_;
  ParameterSlice w1_x_, w1_condition_, b1_, w2_, b2_, w3_, b3_;
  bool joined_ = false;        // the last forward was forward_joined()
  T* place_ = nullptr;         // of the last forward(); null: scratch memory
  int n_ = 0, h_ = 0, w_ = 0;  // of the last forward; no views are kept, so that growing scratch memory is freed
};

}  // namespace bornflow
