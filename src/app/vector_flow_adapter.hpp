#pragma once

#include <memory>
#include <vector>

#include "bornflow/inference/trainable_flow.hpp"
#include "flows/network/vector_flow.hpp"
#include "flows/training/adam.hpp"

namespace bornflow {

/// A flow of vectors as inference knows flows: the network, an Adam optimiser, and scales that bring every number of x and
/// y to mean zero and standard deviation one. The application alone knows both sides.
class VectorFlowAdapter final : public TrainableFlow {
public:
  struct Options {
    VectorFlowArchitecture architecture;
    Adam::Options adam;
    double clip_norm = 0;  ///< bound on the norm of a gradient; 0: none
    std::uint64_t seed = 1;
  };
  explicit VectorFlowAdapter(const Options& options);

  int model_size() const override { return options_.architecture.size; }
  int condition_size() const override { return options_.architecture.condition_size; }
  const ConditionalFlow<float>& network() const { return *flow_; }

  void initialise(const Batch& x, const Batch& y) override;
  std::vector<double> log_prob(const Batch& x, const Batch& y) override;
  Batch sample(const Batch& z, const Batch& y) override;
  std::vector<double> fit(const Batch& x, const Batch& y) override;
  void backward(const Batch& z, const Batch& y, const Batch& dx, double log_det_weight) override;
  void restart_optimiser() override;
  double step(double learning_rate) override;

private:
  struct Scaling {
    std::vector<double> shift, scale;
  };
  static Scaling scaling_of(const Batch& batch);
  static Tensor<float> scaled(const Batch& batch, const Scaling& scaling);

  Options options_;
  std::unique_ptr<ConditionalFlow<float>> flow_;
  std::unique_ptr<Adam> adam_;
  Scaling x_scaling_, y_scaling_;
};

}  // namespace bornflow
