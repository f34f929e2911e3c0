#include "flows/training/gradient_reduction.hpp"

#include <algorithm>
#include <climits>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/work.hpp"

namespace bornflow {

namespace {

/// The Euclidean norm, summed in double in a fixed number of interleaved parts.
double norm(const float* values, std::size_t size) {
  constexpr std::size_t parts = 32;
  double sums[parts] = {};
  std::size_t i = 0;
  for (; i + parts <= size; i += parts)
#pragma omp simd
    for (std::size_t j = 0; j < parts; ++j) sums[j] += static_cast<double>(values[i + j]) * values[i + j];
  for (; i < size; ++i) sums[0] += static_cast<double>(values[i]) * values[i];
  double total = 0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

}  // namespace

GradientReduction::GradientReduction(const Communicator& comm, std::size_t size) : comm_(comm) {
  BORNFLOW_REQUIRE(size < INT_MAX, "MPI counts end at 2^31 parameters");
  const int ranks = comm.size();
  const int mine = static_cast<int>(contiguous_share(static_cast<std::int64_t>(size), comm.rank(), ranks).size());
  for (int rank = 0; rank < ranks; ++rank) {
    const WorkRange block = contiguous_share(static_cast<std::int64_t>(size), rank, ranks);
    block_sizes_.push_back(static_cast<int>(block.size()));
    block_offsets_.push_back(static_cast<int>(block.begin));
  }
  BORNFLOW_REQUIRE(static_cast<std::int64_t>(mine) * ranks < INT_MAX, "MPI counts end at 2^31 parameters");
  for (int rank = 0; rank < ranks; ++rank) {
    received_sizes_.push_back(mine);
    received_offsets_.push_back(mine * rank);
  }
  received_.resize(static_cast<std::size_t>(mine) * static_cast<std::size_t>(ranks));
  block_.resize(static_cast<std::size_t>(mine));
}

double GradientReduction::sum(const DeviceArray<float>& gradients) {
  const auto host = Kokkos::create_mirror_view(gradients);
  Kokkos::deep_copy(host, gradients);
  if (comm_.size() > 1) {
    check_mpi(MPI_Alltoallv(host.data(), block_sizes_.data(), block_offsets_.data(), MPI_FLOAT, received_.data(),
                            received_sizes_.data(), received_offsets_.data(), MPI_FLOAT, comm_.get()),
              "MPI_Alltoallv");
    add_in_rank_order();
    check_mpi(MPI_Allgatherv(block_.data(), static_cast<int>(block_.size()), MPI_FLOAT, host.data(),
                             block_sizes_.data(), block_offsets_.data(), MPI_FLOAT, comm_.get()),
              "MPI_Allgatherv");
    Kokkos::deep_copy(gradients, host);
  }
  return norm(host.data(), host.extent(0));
}

void GradientReduction::add_in_rank_order() {
  constexpr std::size_t piece = 512;  // numbers, whose sums stay in the first-level cache
  double totals[piece];
  for (std::size_t first = 0; first < block_.size(); first += piece) {
    const std::size_t count = std::min(piece, block_.size() - first);
    std::fill_n(totals, count, 0.0);
    for (std::size_t rank = 0; rank < received_sizes_.size(); ++rank) {
      const float* from = received_.data() + rank * block_.size() + first;
#pragma omp simd
      for (std::size_t i = 0; i < count; ++i) totals[i] += from[i];
    }
    for (std::size_t i = 0; i < count; ++i) block_[first + i] = static_cast<float>(totals[i]);
  }
}

}  // namespace bornflow
