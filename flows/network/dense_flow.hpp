#pragma once

#include <memory>
#include <vector>

#include "flows/layers/layer.hpp"
#include "flows/network/vector_flow.hpp"

namespace bornflow {

/// A flow of vectors: `depth` levels of ActNorm, orthogonal mixing and a recursive HINT coupling (Kruse et al. 2021)
/// whose sub-networks see the condition y, where there is one, beside their half of x.
///
/// network = inn: levels of a fixed permutation and a double coupling (Ardizzone et al. 2019) instead.
///
/// Unlike the two lanes of ConditionalHint it models p(x|y) alone, so y may be degenerate: a score and the fiducial that
/// it belongs to depend on each other.
template <class T>
class DenseFlow final : public ConditionalFlow<T> {
public:
  DenseFlow(const VectorFlowArchitecture& architecture, std::uint64_t seed);

  std::string description() const override;
  int latent_size() const override { return architecture_.size; }
  double forward_flops() const override;
  void initialise(const Tensor<T>& x, const Tensor<T>& y) override;
  std::vector<double> loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y, double weight) override;
  std::vector<double> loss(const Tensor<T>& x, const Tensor<T>& y) override;
  Tensor<T> forward(const Tensor<T>& x, const Tensor<T>& y, std::vector<double>& log_det) override;
  Tensor<T> inverse(const Tensor<T>& z, const Tensor<T>& y) override;
  Tensor<T> inverse_transpose(const Tensor<T>& x, const Tensor<T>& y, const Tensor<T>& dx) override;
  Tensor<T> backward(const Tensor<T>& z, const Tensor<T>& y, const Tensor<T>& dz, double log_det_weight) override;

private:
  void add_level(const LayerContext<T>& context, int number);
  void require_shapes(const Tensor<T>& x, const Tensor<T>& y) const;
  /// y as every layer sees it; empty for an unconditional flow.
  Condition<T> condition(const Tensor<T>& y) const;

  VectorFlowArchitecture architecture_;
  std::shared_ptr<Workspace<T>> workspace_;
  std::vector<std::unique_ptr<Layer<T>>> layers_;
};

}  // namespace bornflow
