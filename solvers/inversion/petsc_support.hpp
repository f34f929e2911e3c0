#pragma once

#include <petsctao.h>

#include <cstddef>
#include <exception>
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

/// `size` as PETSc counts. UserError when it is more than a PetscInt holds.
inline PetscInt petsc_size(std::size_t size) {
  if (size > static_cast<std::size_t>(PETSC_MAX_INT))
    throw UserError("An inversion with vectors of " + std::to_string(size) + " values: this PETSc counts to " +
                    std::to_string(PETSC_MAX_INT) + ". Use more ranks, or a PETSc with 64-bit indices.");
  return static_cast<PetscInt>(size);
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
using PetscOptimiser = PetscObjectOwner<Tao, TaoDestroy>;

/// Brings exceptions of our callbacks past PETSc, whose C functions must be left by their return codes: run() keeps the
/// exception and returns a code, solve() throws it again once PETSc has come back.
class PetscCallbacks {
public:
  /// To be the whole body of a callback.
  template <class Work>
  PetscErrorCode run(const Work& work) noexcept {
    try {
      work();
      return 0;
    } catch (...) {
      error_ = std::current_exception();
      return PETSC_ERR_USER;
    }
  }

  /// Makes the PETSc call that calls back. Without our handler PETSc would print a trace of its own.
  template <class Call>
  void solve(const Call& call, const char* what) {
    check_petsc(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr), "PetscPushErrorHandler");
    const PetscErrorCode code = call();
    check_petsc(PetscPopErrorHandler(), "PetscPopErrorHandler");
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    check_petsc(code, what);
  }

private:
  std::exception_ptr error_;
};

}  // namespace bornflow
