#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/work.hpp"
#include "solvers/acoustic/born_operator.hpp"

namespace bornflow {

/// Least-squares reverse-time migration: argmin |J dm - d|^2 by `iterations` steps of LSQR from dm = 0 (PETSc KSP `lsqr`
/// on a MatShell of J over all shots; Paige and Saunders 1982). This is the maximum-likelihood row of the papers.
struct LeastSquaresResult {
  std::vector<std::vector<float>> images;  ///< (nz, nx) after 0, 1, ... iterations, on every rank
  std::vector<double> residual_norms;      ///< |J dm - d| after 0, 1, ... iterations
  const std::vector<float>& image() const { return images.back(); }
};

/// `shots`: this rank's shots; `traces`: their data, (shots.size(), n_receivers, n_samples). Collective on `comm`.
/// `scaling`: a right preconditioner D, positive, (nz, nx); LSQR then runs on J D, and the images are D times its
/// iterates. Empty: none. DataError when all data are zero. Results for different numbers of ranks agree to rounding, not
/// to the bit: PETSc sums its norms in rank order.
LeastSquaresResult least_squares_migration(const Communicator& comm, BornOperator<float>& born, WorkRange shots,
                                           const std::vector<float>& traces, int iterations,
                                           const std::vector<double>& scaling = {});

}  // namespace bornflow
