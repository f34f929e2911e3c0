#pragma once

#include <memory>
#include <vector>

#include "bornflow/inference/trainable_flow.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/training/adam.hpp"
#include "flows/training/gradient_reduction.hpp"
#include "src/app/adapters/batch_tensor.hpp"

namespace bornflow {

/// A network of this project as inference knows flows: the network, an Adam optimiser, and scales that bring x and y to
/// mean zero and standard deviation one. The application alone knows both sides.
///
/// With `ranks`, every rank calls every function with the same arguments: each computes its share of the rows, and all get
/// all rows and the same parameters. Which rows go through the network together depends on the number of ranks, so
/// results agree between numbers of ranks to rounding.
class FlowAdapter : public TrainableFlow {
public:
  using Shape = RowShape;
  /// Vectors have a scale for each number, images one for all points.
  enum class Scales { of_each_number, of_all_numbers };
  struct Training {
    Adam::Options adam;
    double clip_norm = 0;   ///< bound on the norm of a gradient; 0: none
    const Communicator* ranks = nullptr;   ///< that share out the rows of a batch; null: every rank works for itself
  };
  FlowAdapter(std::unique_ptr<ConditionalFlow<float>> network, const Shape& model, const Shape& condition, Scales scales,
              const Training& training);

  int model_size() const override { return model_.size(); }
  int condition_size() const override { return condition_.size(); }
  const ConditionalFlow<float>& network() const { return *flow_; }
  /// Becomes the same density as another flow with the same network; the optimiser starts anew.
  void copy_density(const FlowAdapter& other);

  void initialise(const Batch& x, const Batch& y) override;
  std::vector<double> log_prob(const Batch& x, const Batch& y) override;
  LogValues log_prob_with_gradients(const Batch& x, const Batch& y) override;
  Batch sample(const Batch& z, const Batch& y) override;
  std::vector<double> fit(const Batch& x, const Batch& y) override;
  void backward(const Batch& z, const Batch& y, const Batch& dx, double log_det_weight) override;
  void restart_optimiser() override;
  double step(double learning_rate) override;

private:
  struct Scaling {
    std::vector<double> shift, scale;   // of each number of a row
  };
  Scaling scaling_of(const Batch& batch) const;
  static Tensor<float> scaled(const Batch& batch, const Shape& shape, const Scaling& scaling);
  Tensor<float> latents(const Batch& z) const;
  /// This rank's rows of a batch; of a batch of one row that holds for all, that row.
  Batch mine(const Batch& batch, int rows_of_all) const;
  std::vector<double> gathered(const std::vector<double>& values) const;
  std::vector<double> log_prob_of(const Batch& z, std::vector<double> log_det) const;

  std::unique_ptr<ConditionalFlow<float>> flow_;
  Shape model_, condition_;
  Scales scales_;
  Training training_;
  std::unique_ptr<Adam> adam_;
  std::unique_ptr<GradientReduction> reduction_;   // null: a rank works for itself
  Scaling x_scaling_, y_scaling_;
};

}  // namespace bornflow
