#pragma once

#include <array>
#include <string>

#include "flows/layers/layer.hpp"
#include "flows/tensor/convolution.hpp"

namespace bornflow {

/// Mixing of channels by an orthogonal 1x1 convolution: for each pixel's row vector, z = x H1 H2 H3 with the
/// Householder reflections H_i = I - 2 v_i v_i^T / |v_i|^2. log_det = 0; the inverse is the transpose.
template <class T>
class HouseholderMixing final : public Layer<T> {
public:
  HouseholderMixing(const LayerContext<T>& context, const std::string& name, int channels);

  void initialise_weights(RandomStream& stream) override;
  void forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) override;
  void inverse(Tensor<T>& z, const Condition<T>& condition) override;
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) override;
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) override;

private:
  static constexpr int reflections = 3;
  enum class Direction { forward, transposed };
  std::vector<double> matrix() const;
  void multiply(Tensor<T>& t, const std::vector<double>& matrix, Direction direction);

  LayerContext<T> context_;
  int channels_;
  std::array<ParameterSlice, reflections> vectors_;
  Convolution<T> convolution_;
};

}  // namespace bornflow
