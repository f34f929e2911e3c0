#pragma once

#include "src/app/run_context.hpp"

/// What the task 'refine' does on each problem. Those of vectors are too small to share out: rank 0 alone does them.
namespace bornflow {

/// Preconditioned variational inference, the same from scratch, and Langevin sampling, against quadrature.
void refine_rosenbrock(const RunContext& run);

/// ASPIRE, offline and online, against the posterior in closed form; simulation-based calibration of both.
void refine_linear_gaussian(const RunContext& run);

/// Preconditioned variational inference of an image that the training images are not like, and the same from scratch. All
/// ranks share the batches.
void refine_compressed_sensing(const RunContext& run);

}  // namespace bornflow
