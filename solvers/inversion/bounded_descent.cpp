#include "solvers/inversion/bounded_descent.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "solvers/inversion/petsc_support.hpp"

namespace bornflow {

namespace {

void make_vector(std::size_t size, PetscVector& vector) {
  check_petsc(VecCreateSeq(PETSC_COMM_SELF, petsc_size(size), vector.out()), "VecCreateSeq");
}

void copy_in(const std::vector<double>& values, Vec vector) {
  PetscScalar* out = nullptr;
  check_petsc(VecGetArrayWrite(vector, &out), "VecGetArrayWrite");
  std::copy(values.begin(), values.end(), out);
  check_petsc(VecRestoreArrayWrite(vector, &out), "VecRestoreArrayWrite");
}

std::vector<double> copy_out(Vec vector) {
  PetscInt size = 0;
  check_petsc(VecGetLocalSize(vector, &size), "VecGetLocalSize");
  const PetscScalar* in = nullptr;
  check_petsc(VecGetArrayRead(vector, &in), "VecGetArrayRead");
  std::vector<double> values(in, in + size);
  check_petsc(VecRestoreArrayRead(vector, &in), "VecRestoreArrayRead");
  return values;
}

double petsc_bound(double value) {
  return std::isfinite(value) ? value : value < 0 ? PETSC_NINFINITY : PETSC_INFINITY;
}

/// A line search that has not lowered the misfit after ten waves will not: PETSc would go on to thirty. There is no
/// function for that limit, only an option; a user's own stays.
void limit_line_search() {
  PetscBool is_given = PETSC_FALSE;
  check_petsc(PetscOptionsHasName(nullptr, "fwi_", "-tao_ls_max_funcs", &is_given), "PetscOptionsHasName");
  if (!is_given) check_petsc(PetscOptionsSetValue(nullptr, "-fwi_tao_ls_max_funcs", "10"), "PetscOptionsSetValue");
}

struct Descent {
  const BoundedProblem& problem;
  const std::function<bool(const DescentStep&)>& on_step;
  PetscCallbacks callbacks = {};
  DescentStep last = {};
  bool is_stopped = false, is_stalled = false;
  // Of f: its first value. PETSc compares with absolute numbers here and there, and a misfit may be 1e-12.
  double unit = 0;

  static PetscErrorCode evaluate(Tao, Vec x, PetscReal* value, Vec gradient, void* context) {
    auto& self = *static_cast<Descent*>(context);
    return self.callbacks.run([&] {
      std::vector<double> g;
      const double unscaled = self.problem.evaluate(copy_out(x), g);
      if (!std::isfinite(unscaled))
        throw NumericalError("The misfit is not finite. Look for NaN in the data, or narrow the velocity bounds.");
      if (self.unit == 0) self.unit = unscaled == 0 ? 1 : std::abs(unscaled);
      for (double& component : g) component /= self.unit;
      *value = unscaled / self.unit;
      copy_in(g, gradient);
    });
  }

  // TAO shows every accepted point here, the start included.
  static PetscErrorCode monitor(Tao tao, void* context) {
    auto& self = *static_cast<Descent*>(context);
    return self.callbacks.run([&] {
      PetscInt iteration = 0;
      PetscReal value = 0, gradient = 0, infeasibility = 0, step = 0;
      TaoConvergedReason reason;
      check_petsc(TaoGetSolutionStatus(tao, &iteration, &value, &gradient, &infeasibility, &step, &reason),
                  "TaoGetSolutionStatus");
      // After some failed line searches blmvm goes on from the same point, and would do so for all iterations.
      if (iteration > 0 && !(self.unit * value < self.last.value)) {
        self.is_stalled = true;
        check_petsc(TaoSetConvergedReason(tao, TAO_CONVERGED_USER), "TaoSetConvergedReason");
        return;
      }
      Vec x = nullptr;
      check_petsc(TaoGetSolution(tao, &x), "TaoGetSolution");
      self.last = {static_cast<int>(iteration), self.unit * value, self.unit * gradient, iteration == 0 ? 0.0 : step,
                   copy_out(x)};
      if (self.on_step(self.last)) return;
      self.is_stopped = true;
      check_petsc(TaoSetConvergedReason(tao, TAO_CONVERGED_USER), "TaoSetConvergedReason");
    });
  }
};

}  // namespace

DescentEnd descend(const BoundedProblem& problem, int iterations, std::vector<double>& x,
                   const std::function<bool(const DescentStep&)>& on_step) {
  PetscVector point, lower, upper;
  for (PetscVector* vector : {&point, &lower, &upper}) make_vector(x.size(), *vector);
  std::vector<double> low(problem.lower), high(problem.upper);
  std::transform(low.begin(), low.end(), low.begin(), petsc_bound);
  std::transform(high.begin(), high.end(), high.begin(), petsc_bound);
  copy_in(x, point);
  copy_in(low, lower);
  copy_in(high, upper);

  Descent descent{problem, on_step};
  PetscOptimiser tao;
  check_petsc(TaoCreate(PETSC_COMM_SELF, tao.out()), "TaoCreate");
  check_petsc(TaoSetOptionsPrefix(tao, "fwi_"), "TaoSetOptionsPrefix");
  check_petsc(TaoSetType(tao, TAOBLMVM), "TaoSetType");
  check_petsc(TaoSetSolution(tao, point), "TaoSetSolution");
  check_petsc(TaoSetVariableBounds(tao, lower, upper), "TaoSetVariableBounds");
  check_petsc(TaoSetObjectiveAndGradient(tao, nullptr, Descent::evaluate, &descent), "TaoSetObjectiveAndGradient");
  check_petsc(TaoSetMonitor(tao, Descent::monitor, &descent, nullptr), "TaoSetMonitor");
  // The number of iterations is the stopping rule: a misfit has no scale of its own that a tolerance could know.
  check_petsc(TaoSetTolerances(tao, 0, 0, 0), "TaoSetTolerances");
  check_petsc(TaoSetMaximumIterations(tao, iterations), "TaoSetMaximumIterations");
  limit_line_search();
  check_petsc(TaoSetFromOptions(tao), "TaoSetFromOptions");
  descent.callbacks.solve([&] { return TaoSolve(tao); }, "TaoSolve");

  // The last point shown, not TAO's own: after a failed line search the two may differ.
  x = descent.last.x;
  TaoConvergedReason reason;
  check_petsc(TaoGetConvergedReason(tao, &reason), "TaoGetConvergedReason");
  if (descent.is_stopped) return DescentEnd::stopped;
  if (reason == TAO_DIVERGED_MAXITS) return DescentEnd::all_iterations;
  if (descent.is_stalled) return DescentEnd::no_decrease;
  if (reason == TAO_DIVERGED_LS_FAILURE || reason > 0) return DescentEnd::no_decrease;
  throw NumericalError("The descent ended without a usable step (TAO reason " + std::to_string(static_cast<int>(reason)) +
                       "). Look for NaN in the data, or narrow the velocity bounds.");
}

}  // namespace bornflow
