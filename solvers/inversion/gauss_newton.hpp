#pragma once

#include <functional>
#include <vector>

#include "solvers/inversion/bounded_descent.hpp"
#include "solvers/inversion/model_variables.hpp"
#include "solvers/inversion/waveform_misfit.hpp"

namespace bornflow {

/// x after `iterations` steps of conjugate gradients on A x = b from x = 0, A symmetric and not negative (PETSc KSP `cg`).
/// With A = P^T J^T J P and b = -P^T J^T r these are the iterates of CGLS for min |J P x + r|. On vectors of each rank's
/// own, as descend; ends early where b lies in the span already.
std::vector<double> conjugate_gradients(
    const std::function<std::vector<double>(const std::vector<double>&)>& apply, const std::vector<double>& b,
    int iterations);

struct GaussNewtonOptions {
  int inner_iterations = 5;
  double lowest = 0, highest = 0;   ///< bounds on m [s^2/km^2]
};

/// One Gauss-Newton step: linearises at the start of `variables`, solves min |J P y + r|^2 by CGLS in the y that are
/// not held by a bound (as in projected Newton methods: Bertsekas, SIAM J. Control Optim. 20 (1982) 221), and moves m
/// along P y by the first of the lengths 1, 1/2, ... 1/64 that lowers the misfit, clipped to the bounds.
///
/// `model` is the start of `variables` before and the new model after. `before` gets the misfit and the projected
/// gradient there, the result those of the step: its value is the new misfit, its `projected_gradient` that before the
/// step (another gradient would cost two solves a shot). length 0: no step lowered the misfit.
template <class T>
DescentStep gauss_newton_step(WaveformMisfit<T>& misfit, const ModelVariables& variables,
                              const GaussNewtonOptions& options, std::vector<double>& model, DescentStep& before);

}  // namespace bornflow
