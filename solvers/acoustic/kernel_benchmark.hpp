#pragma once

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Speed of one rank; ranks that run it together start together, so that the sum over the ranks is the machine's.
struct KernelRate {
  double points_per_second = 0;           ///< updates of grid points, layer included [1/s]
  double effective_bandwidth = 0;         ///< at 16 B (Born: 32 B) a point in single precision [B/s]
  double stream_bandwidth = 0;            ///< of p = 2 a - p + b c on the same memory, 16 B a point [B/s]
  double fraction_of_stream() const { return effective_bandwidth / stream_bandwidth; }
};

struct KernelCase {
  int nx = 512, nz = 512;                 ///< physical points
  int space_order = 8;
  int layer_width = 20;
  int steps = 200;                        ///< timed, after a tenth as many (at least 2) to warm up
};

/// Times the forward step in single precision, without sources. The median of 5 parts of the run is reported.
/// Collective on `comm`.
KernelRate benchmark_forward(const Communicator& comm, const KernelCase& kernel_case);

/// The same for the fused Born step: a point counts once for the background and scattered field together.
KernelRate benchmark_born(const Communicator& comm, const KernelCase& kernel_case);

}  // namespace bornflow
