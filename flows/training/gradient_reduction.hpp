#pragma once

#include <cstddef>
#include <vector>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// The all-reduce of data-parallel training: the flat gradients of all ranks are added in rank order in double.
///
/// Each rank adds one block of the buffer (all-to-all) and hands it to the others (all-gather): every number is added on
/// one rank and copied, so all ranks hold the same bits and a run with the same ranks repeats itself bitwise, which
/// MPI_Allreduce does not promise. The traffic is that of a ring all-reduce, about two buffers a rank.
class GradientReduction {
public:
  /// `size` numbers; keeps a reference to `comm`.
  GradientReduction(const Communicator& comm, std::size_t size);

  /// Replaces the array by its sum over all ranks and returns the Euclidean norm of that sum. Collective.
  double sum(const DeviceArray<float>& gradients);

private:
  void add_in_rank_order();

  const Communicator& comm_;
  std::vector<int> block_sizes_;
  std::vector<int> block_offsets_;
  std::vector<int> received_sizes_;
  std::vector<int> received_offsets_;
  std::vector<float> received_;
  std::vector<float> block_;
};

}  // namespace bornflow
