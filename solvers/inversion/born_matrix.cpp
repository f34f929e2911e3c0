#include "solvers/inversion/born_matrix.hpp"

#include <algorithm>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/ordered_sum.hpp"

namespace bornflow {

BornMatrix::BornMatrix(const Communicator& comm, BornOperator<float>& born, WorkRange shots,
                       std::vector<double> scaling)
    : comm_(comm), born_(born), shots_(shots), scaling_(std::move(scaling)) {
  const PetscInt local_rows = petsc_size(static_cast<std::size_t>(shots.size()) * born.traces_size());
  const PetscInt columns = petsc_size(born.image_size());
  check_petsc(MatCreateShell(comm.get(), local_rows, PETSC_DECIDE, PETSC_DETERMINE, columns, this, matrix_.out()),
              "MatCreateShell");
  check_petsc(MatShellSetOperation(matrix_, MATOP_MULT, reinterpret_cast<void (*)(void)>(multiply)),
              "MatShellSetOperation");
  check_petsc(MatShellSetOperation(matrix_, MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)(void)>(multiply_transpose)),
              "MatShellSetOperation");
  PetscVector image;
  check_petsc(MatCreateVecs(matrix_, image.out(), nullptr), "MatCreateVecs");
  check_petsc(VecScatterCreateToAll(image, scatter_.out(), gathered_.out()), "VecScatterCreateToAll");
}

std::vector<float> BornMatrix::gather_image(Vec image) {
  check_petsc(VecScatterBegin(scatter_, image, gathered_, INSERT_VALUES, SCATTER_FORWARD), "VecScatterBegin");
  check_petsc(VecScatterEnd(scatter_, image, gathered_, INSERT_VALUES, SCATTER_FORWARD), "VecScatterEnd");
  const PetscScalar* values = nullptr;
  check_petsc(VecGetArrayRead(gathered_, &values), "VecGetArrayRead");
  std::vector<float> result(values, values + born_.image_size());
  check_petsc(VecRestoreArrayRead(gathered_, &values), "VecRestoreArrayRead");
  for (std::size_t i = 0; i < scaling_.size(); ++i) result[i] = static_cast<float>(scaling_[i] * result[i]);
  return result;
}

PetscErrorCode BornMatrix::multiply(Mat matrix, Vec image, Vec data) {
  BornMatrix* self = nullptr;
  if (const PetscErrorCode code = MatShellGetContext(matrix, &self)) return code;
  return self->callbacks_.run([&] { self->apply(image, data); });
}

PetscErrorCode BornMatrix::multiply_transpose(Mat matrix, Vec data, Vec image) {
  BornMatrix* self = nullptr;
  if (const PetscErrorCode code = MatShellGetContext(matrix, &self)) return code;
  return self->callbacks_.run([&] { self->apply_transpose(data, image); });
}

void BornMatrix::apply(Vec image, Vec data) {
  const std::vector<float> values = gather_image(image);
  std::vector<float> traces(born_.traces_size());
  PetscScalar* out = nullptr;
  check_petsc(VecGetArrayWrite(data, &out), "VecGetArrayWrite");
  PetscScalar* next = out;
  for (auto shot = shots_.begin; shot < shots_.end; ++shot) {
    born_.born(static_cast<int>(shot), 1, values.data(), traces.data());
    for (const float value : traces) *next++ = value;
  }
  check_petsc(VecRestoreArrayWrite(data, &out), "VecRestoreArrayWrite");
}

void BornMatrix::apply_transpose(Vec data, Vec image) {
  const std::size_t traces_size = born_.traces_size();
  std::vector<float> traces(traces_size), migrated(born_.image_size());
  OrderedSum sum(born_.n_shots(), born_.image_size());
  const PetscScalar* in = nullptr;
  check_petsc(VecGetArrayRead(data, &in), "VecGetArrayRead");
  for (auto shot = shots_.begin; shot < shots_.end; ++shot) {
    const PetscScalar* record = in + static_cast<std::size_t>(shot - shots_.begin) * traces_size;
    traces.assign(record, record + traces_size);
    born_.born_adjoint(static_cast<int>(shot), 1, traces.data(), migrated.data());
    sum.add(shot, migrated.data());
  }
  check_petsc(VecRestoreArrayRead(data, &in), "VecRestoreArrayRead");

  std::vector<double> total = sum.total(comm_);
  for (std::size_t i = 0; i < scaling_.size(); ++i) total[i] *= scaling_[i];
  if (std::exchange(is_first_transpose_, false) && std::all_of(total.begin(), total.end(), [](double v) { return v == 0; }))
    throw NumericalError("The migrated data are zero: nothing in the records can come from the rows that are not muted. "
                         "Look at the records, and at [model] water_rows.");
  PetscInt first = 0, end = 0;
  check_petsc(VecGetOwnershipRange(image, &first, &end), "VecGetOwnershipRange");
  PetscScalar* out = nullptr;
  check_petsc(VecGetArrayWrite(image, &out), "VecGetArrayWrite");
  for (PetscInt i = first; i < end; ++i) out[i - first] = total[static_cast<std::size_t>(i)];
  check_petsc(VecRestoreArrayWrite(image, &out), "VecRestoreArrayWrite");
}

}  // namespace bornflow
