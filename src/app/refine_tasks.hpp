#pragma once

#include "src/app/run_context.hpp"

/// What the task 'refine' does on each problem. On rank 0 alone: these problems are too small to share out.
namespace bornflow {

/// Preconditioned variational inference, the same from scratch, and Langevin sampling, against quadrature.
void refine_rosenbrock(const RunContext& run);

}  // namespace bornflow
