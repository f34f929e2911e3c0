#pragma once

#include <petscksp.h>

#include <string>
#include <utility>

#include "bornflow/base/error.hpp"

namespace bornflow {

/// Throws when a PETSc call failed.
inline void check_petsc(PetscErrorCode code, const char* what) {
  if (code == 0) return;
  const char* text = nullptr;
  PetscErrorMessage(code, &text, nullptr);
  throw Error(ExitCode::bug, std::string(what) + " failed: " + (text ? text : "unknown PETSc error"));
}

/// Owns a PETSc object and destroys it; to be gone before the Runtime ends.
template <class Handle, PetscErrorCode (*destroy)(Handle*)>
class PetscObjectOwner {
public:
  PetscObjectOwner() = default;
  ~PetscObjectOwner() {
    if (handle_) destroy(&handle_);
  }
  PetscObjectOwner(const PetscObjectOwner&) = delete;
  PetscObjectOwner& operator=(const PetscObjectOwner&) = delete;
  Handle* out() { return &handle_; }
  operator Handle() const { return handle_; }

private:
  Handle handle_ = nullptr;
};

using PetscVector = PetscObjectOwner<Vec, VecDestroy>;
using PetscMatrix = PetscObjectOwner<Mat, MatDestroy>;
using PetscSolver = PetscObjectOwner<KSP, KSPDestroy>;
using PetscScatter = PetscObjectOwner<VecScatter, VecScatterDestroy>;

}  // namespace bornflow
