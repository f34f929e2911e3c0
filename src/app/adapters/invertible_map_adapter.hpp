#pragma once

#include <memory>
#include <vector>

#include "bornflow/inference/invertible_map.hpp"
#include "flows/network/vector_flow.hpp"
#include "flows/training/adam.hpp"

namespace bornflow {

/// An invertible network as inference knows invertible maps: an unconditional flow of vectors with an Adam optimiser.
class InvertibleMapAdapter final : public InvertibleMap {
public:
  struct Options {
    VectorFlowArchitecture architecture;   ///< network = inn, without a condition
    Adam::Options adam;
    double clip_norm = 0;  ///< bound on the norm of a gradient; 0: none
    std::uint64_t seed = 1;
  };
  explicit InvertibleMapAdapter(const Options& options);

  const ConditionalFlow<float>& network() const { return *flow_; }
  ConditionalFlow<float>& network() { return *flow_; }
  int size() const override { return flow_->latent_size(); }
  Batch forward(const Batch& v, std::vector<double>& log_det) override;
  Batch inverse(const Batch& u) override;
  void forward_gradient(const Batch& u, const Batch& du, double log_det_weight) override;
  void inverse_gradient(const Batch& v, const Batch& dv) override;
  double step(double learning_rate) override;

private:
  Options options_;
  std::unique_ptr<ConditionalFlow<float>> flow_;
  std::unique_ptr<Adam> adam_;
};

}  // namespace bornflow
