#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "flows/network/parameters.hpp"
#include "flows/tensor/tensor.hpp"

namespace bornflow {

/// A conditional normalizing flow z = f(x; y): what training, sampling and refinement see of a network.
///
/// x (the image) and y (the condition: a summary of the data) are batches (n, nz, nx, channels); z is a flat batch (n,
/// 1, 1, latent_size). y may have one sample, which then holds for the whole batch: its part of the work is done once.
/// Sign: log_det = log |det df/dx|, so log p(x|y) = log N(z; 0, I) + log_det.
template <class T>
class ConditionalFlow {
public:
  virtual ~ConditionalFlow() = default;

  Parameters<T>& parameters() { return parameters_; }
  const Parameters<T>& parameters() const { return parameters_; }
  virtual std::string description() const = 0;  ///< one line: kind, sizes, number of parameters
  virtual int latent_size() const = 0;          ///< dimension of z for one sample
  virtual double forward_flops() const = 0;     ///< convolution operations of one forward pass of one sample

  /// Data-dependent initialisation (ActNorm) from one batch; sets initialised(). Deterministic.
  virtual void initialise(const Tensor<T>& x, const Tensor<T>& y) = 0;
  bool initialised() const { return initialised_; }
  void set_initialised(bool value) { initialised_ = value; }  ///< after the parameters were read from a checkpoint

  /// Training loss of each sample (negative log-likelihood without the constant 0.5 log 2 pi per dimension), and adds
  /// weight * d(sum of losses)/d(parameters) to the gradients. Recomputes its inputs: memory does not grow with depth.
  /// A network with a y-lane adds the y-lane's own loss.
  virtual std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) = 0;
  /// Memory [bytes] in which loss_and_gradient() may keep activations instead of computing them again, from now on;
  /// allocated whole, so that the memory of training does not depend on the depth. A network may ignore it.
  virtual void keep_activations(std::size_t bytes) { (void)bytes; }
  /// The same losses without the gradient.
  virtual std::vector<double> loss(const Tensor<T>& x, const Tensor<T>& y) = 0;

  /// z and the log-determinant of each sample.
  virtual Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) = 0;
  /// x such that forward(x, y) = z.
  virtual Tensor<T> inverse(const Tensor<T>& z, const Tensor<T>& y) = 0;
  /// Gradient with respect to z of a function whose gradient with respect to x = inverse(z, y) is dx: (dx/dz)^T dx.
  /// Parameters get no gradient.
  virtual Tensor<T> inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) = 0;
  /// Gradient of L = sum over samples of dz . forward(x, y) + log_det_weight * log_det with respect to x = inverse(z, y);
  /// adds dL/d(parameters) to the gradients. Parameters that see y alone (a y-lane, a condition network) are frozen:
  /// they get none, so that refinement for one y does not let them drift.
  virtual Tensor<T> backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz, double log_det_weight) = 0;

protected:
  Parameters<T> parameters_;
  bool initialised_ = false;
};

/// What a network is made of; declared once as [flow] in the parameter file and stored with the weights.
struct FlowArchitecture {
  std::string network = "glow";  ///< glow | hint
  int nz = 64, nx = 64;          ///< image size [points]
  int hidden = 32;               ///< hidden channels of the coupling sub-networks
  int depth = 4;                 ///< glow: steps per scale; hint: number of levels
  int scales = 3;                ///< glow: scales; hint: squeezes (2 give 16 channels and a real recursion)
  double clamp = 2.0;            ///< bound on |log scale| of a coupling, 2/pi clamp atan(s / clamp); [flow] starts from 1
  int condition_channels = 1;    ///< channels of y
  int condition_scalars = 0;     ///< of these, the last that only the condition network reads: they are constant over
                                 ///< the image, so that a pyramid of them would be zeros
  int condition_features = 0;    ///< glow: channels a scale of a condition network trained jointly; 0: y itself only
  std::string squeeze = "haar";  ///< haar | checkerboard
  bool final_relu = false;       ///< the ReLU on the sub-network's output that the original codes have
};

/// True for networks that model the density of the condition as well, and so must not see exact constants in it.
inline bool has_y_lane(const std::string& network) { return network == "hint"; }

/// Builds the network; `seed` fixes the initial weights. Throws UserError for impossible sizes.
template <class T>
std::unique_ptr<ConditionalFlow<T>> make_flow(const FlowArchitecture& architecture, std::uint64_t seed);

}  // namespace bornflow
