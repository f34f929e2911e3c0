#include "bornflow/parallel/transport.hpp"

#include "bornflow/base/error.hpp"
#include "bornflow/base/kokkos_compat.hpp"

#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

namespace bornflow {

namespace {

/// Sends this rank's number to the next rank, from and to the kernels' memory.
bool ring_works(const Communicator& comm) {
  constexpr int n = 1024, tag = 77;
  DeviceArray<double> out("bornflow::transport::out", n), in("bornflow::transport::in", n);
  Kokkos::deep_copy(out, comm.rank() + 0.5);
  Kokkos::deep_copy(in, -1.0);
  Kokkos::fence();
  const int next = (comm.rank() + 1) % comm.size(), before = (comm.rank() + comm.size() - 1) % comm.size();
  check_mpi(MPI_Sendrecv(out.data(), n, MPI_DOUBLE, next, tag, in.data(), n, MPI_DOUBLE, before, tag, comm.get(),
                         MPI_STATUS_IGNORE), "MPI_Sendrecv");
  const auto received = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), in);
  bool good = true;
  for (int i = 0; i < n; ++i) good = good && received(i) == before + 0.5;
  return !comm.any(!good);
}

}  // namespace

bool mpi_claims_kernel_memory() {
#if defined(MPIX_CUDA_AWARE_SUPPORT) && MPIX_CUDA_AWARE_SUPPORT
  if (MPIX_Query_cuda_support() == 1) return true;
#endif
#if defined(OMPI_HAVE_MPI_EXT_ROCM) && OMPI_HAVE_MPI_EXT_ROCM
  if (MPIX_Query_rocm_support() == 1) return true;
#endif
  return kernels_run_on_host;
}

Transport choose_transport(const Communicator& comm, const std::string& name, bool mpi_reads_kernel_memory) {
  if (name == "staged") return Transport::staged;
  const bool is_claimed = !comm.any(!mpi_reads_kernel_memory);
  if (is_claimed && ring_works(comm)) return Transport::direct;
  if (name == "direct")
    throw UserError(std::string("[parallel] transport = direct hands device memory to MPI, but this MPI is not GPU-aware (") +
                    (is_claimed ? "a message around the ring of ranks did not arrive" : "it says so itself") +
                    "). Load a GPU-aware MPI, or set transport = staged or auto.");
  return Transport::staged;
}

std::string name_of(Transport transport) { return transport == Transport::direct ? "direct" : "staged"; }

}  // namespace bornflow
