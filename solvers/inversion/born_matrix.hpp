#pragma once

#include <vector>

#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/work.hpp"
#include "solvers/acoustic/born_operator.hpp"
#include "solvers/inversion/petsc_support.hpp"

namespace bornflow {

/// J D over all shots as a PETSc MatShell, D a diagonal scaling of the image. Rows (data) lie on the rank that owns the
/// shot; columns (the image) are distributed by PETSc and gathered for each product.
class BornMatrix {
public:
  /// `scaling`: D, one value for each image point; empty: ones.
  BornMatrix(const Communicator& comm, BornOperator<float>& born, WorkRange shots, std::vector<double> scaling = {});
  BornMatrix(const BornMatrix&) = delete;
  BornMatrix& operator=(const BornMatrix&) = delete;

  Mat mat() const { return matrix_; }
  /// To make the PETSc call that multiplies: it brings out the exceptions of the waves.
  PetscCallbacks& callbacks() { return callbacks_; }
  /// D times a distributed vector, the image it stands for, on every rank. Collective.
  std::vector<float> gather_image(Vec image);

private:
  static PetscErrorCode multiply(Mat matrix, Vec image, Vec data);
  static PetscErrorCode multiply_transpose(Mat matrix, Vec data, Vec image);
  void apply(Vec image, Vec data);
  void apply_transpose(Vec data, Vec image);

  const Communicator& comm_;
  BornOperator<float>& born_;
  WorkRange shots_;
  std::vector<double> scaling_;
  bool is_first_transpose_ = true;   // of zeros LSQR would make NaN
  PetscCallbacks callbacks_;
  PetscVector gathered_;
  PetscScatter scatter_;
  PetscMatrix matrix_;
};

}  // namespace bornflow
