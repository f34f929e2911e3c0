#pragma once

#include "bornflow/grid/subdomain.hpp"
#include "solvers/acoustic/time_axis.hpp"

namespace bornflow {

/// Speed of one rank; ranks that run it together start together, so that the sum over the ranks is the machine's.
struct KernelRate {
  double points_per_second = 0;           ///< updates of grid points, layer included [1/s]
  double seconds_per_step = 0;
  double effective_bandwidth = 0;         ///< at 16 B (Born: 32 B) a point in single precision [B/s]
  double stream_bandwidth = 0;            ///< of p = 2 a - p + b c on the same memory, 16 B a point [B/s]
};

struct KernelCase {
  Subdomain subdomain;                    ///< this rank's part of the physical grid
  PropagatorOptions options;
  int steps = 200;                        ///< timed, after a tenth as many (at least 2) to warm up
};

/// Times the forward step in single precision, without sources, halos included. The median of 5 parts of the run is
/// reported. Collective on `comm`.
KernelRate benchmark_forward(const Communicator& comm, const KernelCase& kernel_case);

/// The same for the fused Born step: a point counts once for the background and scattered field together.
KernelRate benchmark_born(const Communicator& comm, const KernelCase& kernel_case);

struct HaloRate {
  double seconds = 0;                     ///< of one exchange
  double bytes_sent = 0;                  ///< by this rank in one exchange
};

/// Times the exchange of one field's halo, alone: nothing is computed meanwhile. Zero where the grid is not cut.
HaloRate benchmark_halo(const Communicator& comm, const KernelCase& kernel_case);

}  // namespace bornflow
