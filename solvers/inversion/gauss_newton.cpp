#include "solvers/inversion/gauss_newton.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "bornflow/base/error.hpp"
#include "solvers/inversion/petsc_support.hpp"

namespace bornflow {

namespace {

struct NormalEquations {
  const std::function<std::vector<double>(const std::vector<double>&)>& apply;
  PetscCallbacks callbacks = {};

  static PetscErrorCode multiply(Mat matrix, Vec x, Vec y) {
    NormalEquations* self = nullptr;
    if (const PetscErrorCode code = MatShellGetContext(matrix, &self)) return code;
    return self->callbacks.run([&] {
      PetscInt size = 0;
      check_petsc(VecGetLocalSize(x, &size), "VecGetLocalSize");
      const PetscScalar* in = nullptr;
      check_petsc(VecGetArrayRead(x, &in), "VecGetArrayRead");
      const std::vector<double> image(in, in + size);
      check_petsc(VecRestoreArrayRead(x, &in), "VecRestoreArrayRead");
      const std::vector<double> result = self->apply(image);
      PetscScalar* out = nullptr;
      check_petsc(VecGetArrayWrite(y, &out), "VecGetArrayWrite");
      std::copy(result.begin(), result.end(), out);
      check_petsc(VecRestoreArrayWrite(y, &out), "VecRestoreArrayWrite");
    });
  }
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// 0 for the variables that are at a bound, y = 0, and whose descent points out of it; else 1.
std::vector<double> free_variables(const std::vector<double>& gradient, const ModelVariables::Bounds& bounds) {
  std::vector<double> free(gradient.size(), 1.0);
  for (std::size_t i = 0; i < free.size(); ++i)
    if ((gradient[i] > 0 && bounds.lower[i] >= 0) || (gradient[i] < 0 && bounds.upper[i] <= 0)) free[i] = 0;
  return free;
}

void multiply(std::vector<double>& values, const std::vector<double>& factors) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factors[i];
}

}  // namespace

std::vector<double> conjugate_gradients(
    const std::function<std::vector<double>(const std::vector<double>&)>& apply, const std::vector<double>& b,
    int iterations) {
  std::vector<double> result(b.size(), 0.0);
  if (dot(b, b) == 0) return result;
  const PetscInt size = petsc_size(b.size());
  NormalEquations equations{apply};
  PetscMatrix matrix;
  check_petsc(MatCreateShell(PETSC_COMM_SELF, size, size, size, size, &equations, matrix.out()), "MatCreateShell");
  check_petsc(MatShellSetOperation(matrix, MATOP_MULT, reinterpret_cast<void (*)(void)>(NormalEquations::multiply)),
              "MatShellSetOperation");
  PetscVector right, solution;
  check_petsc(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, size, b.data(), right.out()), "VecCreateSeqWithArray");
  check_petsc(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, size, result.data(), solution.out()), "VecCreateSeqWithArray");

  PetscSolver solver;
  check_petsc(KSPCreate(PETSC_COMM_SELF, solver.out()), "KSPCreate");
  check_petsc(KSPSetOptionsPrefix(solver, "gauss_newton_"), "KSPSetOptionsPrefix");
  check_petsc(KSPSetType(solver, KSPCG), "KSPSetType");
  check_petsc(KSPSetOperators(solver, matrix, matrix), "KSPSetOperators");
  PC preconditioner = nullptr;
  check_petsc(KSPGetPC(solver, &preconditioner), "KSPGetPC");
  check_petsc(PCSetType(preconditioner, PCNONE), "PCSetType");
  // Rounding in single-precision waves ends the use of further iterations long before 1e-6.
  check_petsc(KSPSetTolerances(solver, 1e-6, 1e-300, 1e30, iterations), "KSPSetTolerances");
  check_petsc(KSPSetFromOptions(solver), "KSPSetFromOptions");
  equations.callbacks.solve([&] { return KSPSolve(solver, right, solution); }, "KSPSolve");
  return result;
}

template <class T>
DescentStep gauss_newton_step(WaveformMisfit<T>& misfit, const ModelVariables& variables,
                              const GaussNewtonOptions& options, std::vector<double>& model, DescentStep& before) {
  std::vector<double> change;
  double slope = 0;
  {
    const auto linear = misfit.linearise(variables.start());
    std::vector<double> b = variables.gradient(linear->gradient());
    const std::vector<double> free = free_variables(b, variables.bounds(options.lowest, options.highest));
    multiply(b, free);
    before = {0, linear->value(), std::sqrt(dot(b, b)), 0, {}};
    for (double& value : b) value = -value;
    // b, and with it every iterate of CG, is zero outside the free variables.
    const auto apply = [&](const std::vector<double>& y) {
      std::vector<double> result = variables.gradient(linear->apply_hessian(variables.change(y)));
      multiply(result, free);
      return result;
    };
    const std::vector<double> y = conjugate_gradients(apply, b, options.inner_iterations);
    slope = -dot(b, y);
    change = variables.change(y);
  }
  DescentStep step{1, before.value, before.projected_gradient, 0, {}};
  if (!(slope < 0)) return step;
  const std::vector<double> start = model;
  for (double length = 1; length >= 1.0 / 64; length /= 2) {
    std::vector<double> trial(start);
    for (std::size_t i = 0; i < trial.size(); ++i)
      if (change[i] != 0) trial[i] = std::clamp(start[i] + length * change[i], options.lowest, options.highest);
    const double value = misfit.value(trial);
    // Armijo's rule for the step before it was clipped.
    if (value < before.value + 1e-4 * length * slope) {
      model = std::move(trial);
      step.value = value;
      step.length = length;
      return step;
    }
  }
  return step;
}

template DescentStep gauss_newton_step(WaveformMisfit<float>&, const ModelVariables&, const GaussNewtonOptions&,
                                       std::vector<double>&, DescentStep&);
template DescentStep gauss_newton_step(WaveformMisfit<double>&, const ModelVariables&, const GaussNewtonOptions&,
                                       std::vector<double>&, DescentStep&);

}  // namespace bornflow
