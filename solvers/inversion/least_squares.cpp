#include "solvers/inversion/least_squares.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/inversion/born_matrix.hpp"
#include "solvers/inversion/petsc_support.hpp"

namespace bornflow {

namespace {

struct Recorder {
  BornMatrix& matrix;
  LeastSquaresResult& result;
};

// PETSc calls this after every iteration with the residual norm of LSQR.
PetscErrorCode record_iterate(KSP solver, PetscInt, PetscReal norm, void* context) {
  auto* recorder = static_cast<Recorder*>(context);
  return recorder->matrix.callbacks().run([&] {
    Vec image = nullptr;
    check_petsc(KSPBuildSolution(solver, nullptr, &image), "KSPBuildSolution");
    recorder->result.residual_norms.push_back(norm);
    recorder->result.images.push_back(recorder->matrix.gather_image(image));
  });
}

}  // namespace

LeastSquaresResult least_squares_migration(const Communicator& comm, BornOperator<float>& born, WorkRange shots,
                                           const std::vector<float>& traces, int iterations,
                                           const std::vector<double>& scaling) {
  const bool has_data = std::any_of(traces.begin(), traces.end(), [](float value) { return value != 0; });
  if (comm.max(std::int64_t{has_data}) == 0) throw DataError("All data are zero: there is nothing to invert. Look at the records.");
  BornMatrix matrix(comm, born, shots, scaling);
  PetscVector image, data;
  check_petsc(MatCreateVecs(matrix.mat(), image.out(), data.out()), "MatCreateVecs");
  PetscScalar* values = nullptr;
  check_petsc(VecGetArrayWrite(data, &values), "VecGetArrayWrite");
  for (std::size_t i = 0; i < traces.size(); ++i) values[i] = traces[i];
  check_petsc(VecRestoreArrayWrite(data, &values), "VecRestoreArrayWrite");

  LeastSquaresResult result;
  PetscSolver solver;
  check_petsc(KSPCreate(comm.get(), solver.out()), "KSPCreate");
  check_petsc(KSPSetOptionsPrefix(solver, "lsrtm_"), "KSPSetOptionsPrefix");
  check_petsc(KSPSetType(solver, KSPLSQR), "KSPSetType");
  check_petsc(KSPSetOperators(solver, matrix.mat(), matrix.mat()), "KSPSetOperators");
  PC preconditioner = nullptr;
  check_petsc(KSPGetPC(solver, &preconditioner), "KSPGetPC");
  check_petsc(PCSetType(preconditioner, PCNONE), "PCSetType");
  // The number of iterations is the regularisation, so no tolerance may end it early.
  check_petsc(KSPSetTolerances(solver, 1e-30, 1e-50, 1e30, iterations), "KSPSetTolerances");
  check_petsc(KSPSetConvergenceTest(solver, KSPConvergedSkip, nullptr, nullptr), "KSPSetConvergenceTest");
  Recorder recorder{matrix, result};
  check_petsc(KSPMonitorSet(solver, record_iterate, &recorder, nullptr), "KSPMonitorSet");
  check_petsc(KSPSetFromOptions(solver), "KSPSetFromOptions");
  matrix.callbacks().solve([&] { return KSPSolve(solver, data, image); }, "KSPSolve");

  if (static_cast<int>(result.images.size()) != iterations + 1)
    throw NumericalError("LSQR ended after " + std::to_string(static_cast<int>(result.images.size()) - 1) + " of " +
                         std::to_string(iterations) + " iterations. Look for NaN or zeros in the data.");
  for (const float value : result.image())
    if (!std::isfinite(value))
      throw NumericalError("LS-RTM gave a value that is not finite. Look for NaN in the data, or verify the time step.");
  return result;
}

}  // namespace bornflow
