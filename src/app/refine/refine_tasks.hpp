#pragma once

#include "src/app/run_context.hpp"

/// What the task 'refine' does on each problem.
namespace bornflow {

/// Preconditioned variational inference, the same from scratch, and Langevin sampling, against quadrature. Collective: the
/// ranks share out the operators of the race.
void refine_rosenbrock(const RunContext& run);

/// ASPIRE, offline and online, against the posterior in closed form; simulation-based calibration of both. Collective: the
/// ranks share out what the flows see.
void refine_linear_gaussian(const RunContext& run);

/// Preconditioned variational inference of an image that the training images are not like, and the same from scratch. All
/// ranks share the batches.
void refine_compressed_sensing(const RunContext& run);

/// An invertible network on labelled Gaussian modes, with all losses and with some. Collective: the ranks share out the
/// trainings.
void refine_mixture(const RunContext& run);

/// An invertible network and a conditional autoencoder against ABC. Collective: the ranks share out draws and trainings.
void refine_inverse_problem(const RunContext& run);

}  // namespace bornflow
