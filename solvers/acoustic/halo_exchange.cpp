#include "solvers/acoustic/halo_exchange.hpp"

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/pieces.hpp"

namespace bornflow {

namespace {

/// A message is named by the side of its sender that it leaves from.
int tag_of(Axis axis, Side side) { return 2 * static_cast<int>(axis) + static_cast<int>(side); }

Side opposite(Side side) { return side == Side::low ? Side::high : Side::low; }

/// The slab of `width` points inside an axis of n points at one side, or the one beyond it.
void set_slab(Side side, int n, int width, int& inside_begin, int& inside_end, int& rim_begin, int& rim_end) {
  inside_begin = side == Side::low ? 0 : n - width;
  rim_begin = side == Side::low ? -width : n;
  inside_end = inside_begin + width;
  rim_end = rim_begin + width;
}

/// copy(element of a field batch, element of a face buffer, points that follow each other): rows on the host, points on a
/// device.
template <class Copy>
void for_each_row(const char* label, const PaddedLayout& layout, int batch, const IndexBox& box, const Copy& copy) {
  const std::int64_t nx = box.nx(), ny = box.ny(), nz = box.nz();
  const std::int64_t width = kernels_run_on_host ? nx : 1, pieces = nx / width;
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, batch * nz * ny * pieces),
      KOKKOS_LAMBDA(std::int64_t index) {
        const int x = box.x_begin + static_cast<int>(index % pieces * width);
        const std::int64_t row = index / pieces;
        const int y = box.y_begin + static_cast<int>(row % ny), z = box.z_begin + static_cast<int>(row / ny % nz);
        copy(row / (ny * nz) * layout.field_size + layout.offset(z, y, x), index * width, width);
      });
}

}  // namespace

template <class T>
HaloExchange<T>::HaloExchange(const PaddedLayout& layout, const Subdomain& subdomain, int batch, Transport transport)
    : layout_(layout), batch_(batch), transport_(transport) {
  for (const Axis axis : {Axis::x, Axis::y, Axis::z})
    for (const Side side : {Side::low, Side::high})
      if (subdomain.neighbour(axis, side) >= 0) add_face(subdomain, axis, side);
}

template <class T>
void HaloExchange<T>::add_face(const Subdomain& subdomain, Axis axis, Side side) {
  Face face;
  face.inside = face.rim = layout_.box();
  IndexBox& in = face.inside;
  IndexBox& rim = face.rim;
  const int width = layout_.rim;
  if (axis == Axis::x) set_slab(side, layout_.nx, width, in.x_begin, in.x_end, rim.x_begin, rim.x_end);
  if (axis == Axis::y) set_slab(side, layout_.ny, width, in.y_begin, in.y_end, rim.y_begin, rim.y_end);
  if (axis == Axis::z) set_slab(side, layout_.nz, width, in.z_begin, in.z_end, rim.z_begin, rim.z_end);
  const std::size_t size = face.inside.size() * batch_;
  face.out = DeviceArray<T>("bornflow::HaloExchange::out", size);
  face.in = DeviceArray<T>("bornflow::HaloExchange::in", size);
  T* out = face.out.data();
  T* received = face.in.data();
  if (transport_ == Transport::staged) {
    face.staged_out = HostArray<T>("bornflow::HaloExchange::staged_out", size);
    face.staged_in = HostArray<T>("bornflow::HaloExchange::staged_in", size);
    out = face.staged_out.data();
    received = face.staged_in.data();
  }
  const int neighbour = subdomain.neighbour(axis, side);
  const MPI_Comm comm = subdomain.domain->get();
  BORNFLOW_REQUIRE(size <= static_cast<std::size_t>(max_mpi_count), "a face of more points than MPI counts");
  const int count = static_cast<int>(size);
  sends_.push_back(MPI_REQUEST_NULL);
  receives_.push_back(MPI_REQUEST_NULL);
  check_mpi(MPI_Send_init(out, count, mpi_type<T>(), neighbour, tag_of(axis, side), comm, &sends_.back()), "MPI_Send_init");
  check_mpi(MPI_Recv_init(received, count, mpi_type<T>(), neighbour, tag_of(axis, opposite(side)), comm, &receives_.back()),
            "MPI_Recv_init");
  faces_.push_back(face);
}

template <class T>
HaloExchange<T>::~HaloExchange() {
  for (MPI_Request& request : sends_) MPI_Request_free(&request);
  for (MPI_Request& request : receives_) MPI_Request_free(&request);
}

template <class T>
void HaloExchange<T>::start(const DeviceArray<T>& fields) {
  const auto start_receives = [&] {
    check_mpi(MPI_Startall(static_cast<int>(receives_.size()), receives_.data()), "MPI_Startall");
  };
  // A device may still be unpacking what the last step received: there, receives wait for the fence below.
  if (kernels_run_on_host) start_receives();
  const T* const from = fields.data();
  for (const Face& face : faces_) {
    T* const to = face.out.data();
    for_each_row("bornflow::HaloExchange::pack", layout_, batch_, face.inside,
                 KOKKOS_LAMBDA(std::int64_t element, std::int64_t packed, std::int64_t n) {
                   for (std::int64_t i = 0; i < n; ++i) to[packed + i] = from[element + i];
                 });
    if (transport_ == Transport::staged) Kokkos::deep_copy(face.staged_out, face.out);
  }
  Kokkos::fence();   // MPI reads what the kernels wrote
  if (!kernels_run_on_host) start_receives();
  check_mpi(MPI_Startall(static_cast<int>(sends_.size()), sends_.data()), "MPI_Startall");
}

template <class T>
void HaloExchange<T>::finish(const DeviceArray<T>& fields) {
  check_mpi(MPI_Waitall(static_cast<int>(receives_.size()), receives_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  T* const to = fields.data();
  for (const Face& face : faces_) {
    if (transport_ == Transport::staged) Kokkos::deep_copy(face.in, face.staged_in);
    const T* const from = face.in.data();
    for_each_row("bornflow::HaloExchange::unpack", layout_, batch_, face.rim,
                 KOKKOS_LAMBDA(std::int64_t element, std::int64_t packed, std::int64_t n) {
                   for (std::int64_t i = 0; i < n; ++i) to[element + i] = from[packed + i];
                 });
  }
  check_mpi(MPI_Waitall(static_cast<int>(sends_.size()), sends_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
}

template <class T>
std::size_t HaloExchange<T>::bytes_sent() const {
  std::size_t elements = 0;
  for (const Face& face : faces_) elements += face.out.extent(0);
  return elements * sizeof(T);
}

template class HaloExchange<float>;
template class HaloExchange<double>;

}  // namespace bornflow
