#pragma once

#include <vector>

#include "bornflow/inference/methods/training_schedule.hpp"
#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/inference/numerics/quadrature.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"
#include "bornflow/inference/problems/rosenbrock_density.hpp"
#include "src/app/adapters/vector_flow_adapter.hpp"
#include "src/app/parameters/run_config.hpp"

/// Problems whose right answer is known, and the flows and schedules for them, made from the parameter file.
namespace bornflow {

/// Two numbers with a curved prior, seen through a matrix.
struct RosenbrockProblem {
  RosenbrockDensity prior;
  DenseMatrix forward_operator;
  double sigma;
  std::vector<double> truth, observed;

  LinearLikelihood likelihood() const { return LinearLikelihood(forward_operator, sigma); }
  /// The identity in place of A, with the same noise: where pairs are cheap.
  LinearLikelihood low_fidelity() const { return LinearLikelihood(DenseMatrix::identity(2), sigma); }
};
/// `number` tells random operators, and the noise of the data, apart.
RosenbrockProblem make_rosenbrock(const RunConfig& config, int number = 0);
/// x2 is near x1^2: all of the prior that matters lies in here.
constexpr PlaneBox rosenbrock_plane{{-8, -15}, {8, 65}};

/// A smooth signal seen through a matrix whose singular values decay.
struct LinearGaussianProblem {
  GaussianDensity prior;
  DenseMatrix forward_operator;
  double sigma;
  LinearLikelihood likelihood() const { return LinearLikelihood(forward_operator, sigma); }
};
LinearGaussianProblem make_linear_gaussian(const RunConfig& config);

/// Numbers that the flow of this problem sees beside x: y, or the score and its fiducial.
int condition_size(const RunConfig& config);
/// The network of [flow] for vectors.
VectorFlowArchitecture make_vector_architecture(const RunConfig& config, int size, int condition_size);
/// An untrained flow with the optimiser of [train]; `number` tells the flows of a run apart.
std::unique_ptr<VectorFlowAdapter> make_adapter(const RunConfig& config, int size, int condition_size, int number);
/// A flow of two numbers whose ActNorm starts from normal numbers: where inference from scratch begins.
std::unique_ptr<VectorFlowAdapter> make_fresh_adapter(const RunConfig& config);
/// The batches and step sizes of [train], over this number of epochs.
TrainingSchedule make_schedule(const RunConfig& config, int epochs);
/// The same for variational inference, with the batch and step size of [refine] over these epochs of [refine] latents. The
/// step size falls over the longest of the inferences that are compared, so that update n has the same one in each.
TrainingSchedule make_inference_schedule(const RunConfig& config, int epochs);
/// The same, but the step size falls to zero over these epochs: what an inference of this length can do.
TrainingSchedule make_whole_inference_schedule(const RunConfig& config, int epochs);
VariationalGradient gradient_of(const RefineSection& refine);

}  // namespace bornflow
