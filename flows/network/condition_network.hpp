#pragma once

#include <string>
#include <vector>

#include "flows/layers/layer.hpp"
#include "flows/layers/squeeze.hpp"
#include "flows/tensor/convolution.hpp"

namespace bornflow {

/// What one scale of a condition network has computed: its output, and what backward() needs.
template <class T>
struct ConditionActivations {
  Tensor<T> input;           ///< squeezed y, or the squeezed result of the scale before
  Tensor<T> entry;           ///< relu(conv3(input))
  Tensor<T> encoder_hidden;  ///< inside the residual of the way down
  Tensor<T> encoded;         ///< result of the way down
  Tensor<T> merged;          ///< encoded plus what comes from the coarser scale
  Tensor<T> decoder_hidden;  ///< inside the residual of the way up
  Tensor<T> features;        ///< the output h_s
};

/// A network h(y) that is trained jointly with the flow it conditions: a U-Net (Ronneberger et al. 2015) that gives
/// features of the whole condition at each scale of the flow; jointly trained summaries as in Radev et al. (2020).
///
/// y (n, h, w, c) becomes h_1, ..., h_L, where h_s is (n, h / 2^s, w / 2^s, features). With e_0 = y:
///
///   down   t = relu(conv3(squeeze(e_{s-1}))),  e_s = t + residual(t)                              s = 1, ..., L
///   up     m_s = e_s + unsqueeze(conv3(h_{s+1})),  m_L = e_L,  h_s = m_s + residual(m_s)          s = L, ..., 1
///
/// Nothing is normalised over the batch: the features of a sample depend on that sample alone. The activations are
/// held once, whatever the depth of the flow.
template <class T>
class ConditionNetwork {
public:
  using Activations = std::vector<ConditionActivations<T>>;  ///< element s - 1 belongs to scale s

  /// Adds its parameters under names that begin with `name`.
  ConditionNetwork(const LayerContext<T>& context, const std::string& name, int condition_channels, int scales,
                   int features, Squeeze squeeze);

  int features() const { return features_; }
  /// He's initialisation; the last convolution of each residual starts at a tenth of it.
  void initialise_weights(RandomStream& stream);

  /// The features of each scale and the activations on the way; h and w of y are multiples of 2^L.
  Activations forward(const Tensor<T>& y) const;
  /// Adds to the gradients of the parameters, from the gradients with respect to the features of each scale (not
  /// changed). dy, where it is not null, is set to the gradient with respect to y.
  void backward(const Activations& activations, std::vector<Tensor<T>> d_features, Tensor<T>* dy) const;

  /// Floating point operations of the convolutions of one forward pass, for one condition of h x w points.
  double forward_flops(int h, int w) const;

private:
  /// conv3(relu(conv3(x; w1) + b1); w2) + b2.
  struct Residual {
    ParameterSlice w1, b1, w2, b2;
  };
  struct Scale {
    Convolution<T> entry;
    ParameterSlice entry_weight, entry_bias;
    Residual encoder, decoder;
    ParameterSlice up_weight, up_bias;  // from the next coarser scale; empty at the coarsest
  };
  Residual add_residual(const std::string& name);
  void initialise_convolution(const ParameterSlice& weight, const ParameterSlice& bias, int c_in, double gain,
                              RandomStream& stream);
  /// x + residual(x); `hidden` is set.
  Tensor<T> residual_forward(const Residual& residual, const Tensor<T>& x, Tensor<T>& hidden) const;
  /// The gradient with respect to x from that of the result, 0 where mask (if given) is not positive.
  Tensor<T> residual_backward(const Residual& residual, const Tensor<T>& x, const Tensor<T>& hidden,
                              const Tensor<T>& d_result, const T* mask) const;

  LayerContext<T> context_;
  int features_;
  Squeeze squeeze_;
  Convolution<T> inner_, up_;  // features -> features, features -> 4 features
  std::vector<Scale> scales_;
};

}  // namespace bornflow
