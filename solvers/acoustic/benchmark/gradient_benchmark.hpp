#pragma once

#include "bornflow/grid/subdomain.hpp"
#include "solvers/acoustic/time_axis.hpp"

namespace bornflow {

/// One shot in single precision, with its source, a line of receivers and the transposes that a gradient needs.
struct GradientCase {
  Subdomain subdomain;                    ///< this rank's part of the physical grid
  PropagatorOptions options;              ///< its storage is what is timed
  int steps = 200;
  int repetitions = 3;                    ///< medians are reported, after one that is not counted
};

struct GradientRate {
  double forward_seconds = 0;             ///< F(m): one forward solve, nothing stored
  double born_seconds = 0;                ///< J dm by the fused pass
  double gradient_seconds = 0;            ///< J^T (F(m) - d): forward solve with its store, adjoint solve with imaging
  double store_bytes = 0;                 ///< of this rank
};

/// Forward, Born and gradient take turns, so that a machine whose speed drifts does not favour one. Collective on `comm`.
GradientRate benchmark_gradient(const Communicator& comm, const GradientCase& gradient_case);

}  // namespace bornflow
