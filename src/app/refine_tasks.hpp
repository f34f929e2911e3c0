#pragma once

#include "src/app/run_context.hpp"

/// What the task 'refine' does on each problem. On rank 0 alone: these problems are too small to share out.
namespace bornflow {

/// Preconditioned variational inference, the same from scratch, and Langevin sampling, against quadrature.
void refine_rosenbrock(const RunContext& run);

/// ASPIRE, offline and online, against the posterior in closed form; simulation-based calibration of both.
void refine_linear_gaussian(const RunContext& run);

}  // namespace bornflow
