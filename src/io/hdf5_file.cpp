#include "bornflow/io/hdf5_file.hpp"

#include <exception>
#include <utility>

#include "src/io/file_system.hpp"
#include "src/io/hdf5_impl.hpp"
#include "src/io/hdf5_probe.hpp"

namespace bornflow {

std::string space_report(const std::string& path, std::int64_t needed) {
  return " (" + std::to_string(needed) + " bytes needed, " + std::to_string(file_system::free_bytes(path)) +
         " free in '" + file_system::folder_of(path) + "')";
}

void Hdf5File::Impl::agree(const std::string& problem) {
  if (!comm) {
    if (problem.empty()) return;
    failed = true;
    throw IoError(problem);
  }
  const std::int64_t mine = problem.empty() ? comm->size() : comm->rank();
  const int first = -static_cast<int>(comm->max(-mine));
  if (first == comm->size()) return;
  failed = true;
  std::string text = problem;
  comm->broadcast(text, first);
  throw IoError(text);
}

void Hdf5File::Impl::require_writable() const {
  BORNFLOW_REQUIRE(writing, "'" + path + "' was opened for reading");
  BORNFLOW_REQUIRE(file.is_open(), "'" + path + "' is closed");
  if (failed) throw IoError("'" + path + "': an earlier write failed; nothing more is written");
}

void Hdf5File::Impl::require_space(const std::string& name, std::int64_t bytes) {
  std::string problem;
  if (is_root() && file_system::free_bytes(path) < bytes)
    problem = where(name) + "the disk is too full" + space_report(path, bytes) +
              "; free some space or choose another folder";
  agree(problem);
}

void Hdf5File::Impl::synchronise() const {
  if (!comm || one_node) return;
  void* handle = nullptr;
  hdf5::check(H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &handle), "reach MPI-IO");
  if (MPI_File_sync(*static_cast<MPI_File*>(handle)) != MPI_SUCCESS) throw hdf5::CallFailed("cannot sync the file");
  comm->barrier();
}

void Hdf5File::Impl::discard() noexcept {
  if (!file.is_open()) return;
  // Closing a parallel file is collective: an exception may be one rank's alone, and after a failed write the ranks
  // may not agree on what is left to do. Closing a file that cannot be flushed leaves HDF5 1.10 with an identifier of
  // freed memory. In these cases the file stays open to the end of the program.
  const bool alone = std::uncaught_exceptions() > exceptions_at_start;
  const bool keep = comm ? failed || alone : writing && H5Fflush(file.id(), H5F_SCOPE_GLOBAL) < 0;
  if (keep) file.abandon();
  file = hdf5::Handle();
}

namespace {

hdf5::Handle access_list(bool writing) {
  hdf5::Handle list = hdf5::property_list(H5P_FILE_ACCESS);
  hdf5::check(H5Pset_libver_bounds(list.id(), H5F_LIBVER_V110, H5F_LIBVER_V110), "set the format");
  hdf5::check(H5Pset_fclose_degree(list.id(), H5F_CLOSE_STRONG), "set the way of closing");
  // The parallel driver does not gather small data in blocks; without this a file of one process would differ.
  hdf5::check(H5Pset_small_data_block_size(list.id(), 0), "set the layout");
  // Values go out in H5Dwrite, which reports errors well, and not while a dataset is closed.
  hdf5::check(H5Pset_sieve_buf_size(list.id(), 0), "set the layout");
#if H5_VERSION_GE(1, 10, 7)
  // Locks fail on some parallel file systems. Readers need none: products are renamed into place and never changed.
  hdf5::check(H5Pset_file_locking(list.id(), writing, true), "set the locking");
#endif
  return list;
}

bool is_one_node(const Communicator& comm) {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(comm.get(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  int size = 0;
  MPI_Comm_size(node, &size);
  MPI_Comm_free(&node);
  return size == comm.size();
}

hdf5::Handle create_file(const std::string& path, const hdf5::Handle& access, const std::string& what) {
  const hdf5::Handle creation = hdf5::creation_list(H5P_FILE_CREATE);
  return {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, what};
}

}  // namespace

Hdf5File::Hdf5File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->exceptions_at_start = std::uncaught_exceptions();
}
Hdf5File::Hdf5File(Hdf5File&& other) noexcept = default;
Hdf5File& Hdf5File::operator=(Hdf5File&& other) noexcept {
  if (impl_) impl_->discard();
  impl_ = std::move(other.impl_);
  return *this;
}
Hdf5File::~Hdf5File() {
  if (impl_) impl_->discard();
}

Hdf5File Hdf5File::create(const std::string& path) {
  hdf5::prepare_library();
  file_system::require_creatable(path);
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->writing = true;
  impl->write_step("/", 0, [&] {
    const hdf5::Handle access = access_list(true);
    impl->file =
        create_file(path, access, "create the file (on a file system without locks set HDF5_USE_FILE_LOCKING=FALSE)");
  });
  return Hdf5File(std::move(impl));
}

Hdf5File Hdf5File::create_parallel(const std::string& path, const Communicator& comm) {
  hdf5::prepare_library();
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->writing = true;
  impl->comm = comm.duplicate();
  impl->one_node = !comm.any(!is_one_node(comm));
  std::string problem;
  try {
    if (comm.is_root()) file_system::require_creatable(path);
  } catch (const IoError& error) {
    problem = error.what();
  }
  impl->agree(problem);
  impl->write_step("/", 0, [&] {
    const hdf5::Handle access = access_list(true);
    hdf5::check(H5Pset_fapl_mpio(access.id(), impl->comm->get(), MPI_INFO_NULL), "use MPI-IO");
    impl->file = create_file(path, access, "create the file through MPI-IO (is the folder seen by all nodes?)");
  });
  return Hdf5File(std::move(impl));
}

Hdf5File Hdf5File::open(const std::string& path) {
  hdf5::prepare_library();
  hdf5::probe_file(path);
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  try {
    const hdf5::Handle access = access_list(false);
    impl->file = hdf5::Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, "open the file");
  } catch (const hdf5::CallFailed& failure) {
    throw DataError("'" + path + "': " + failure.what());
  }
  return Hdf5File(std::move(impl));
}

void Hdf5File::close() {
  if (!impl_->file.is_open()) return;
  if (!impl_->writing) return impl_->file.close("close the file");
  impl_->require_writable();
  impl_->write_step("/", 0, [&] { hdf5::check(H5Fflush(impl_->file.id(), H5F_SCOPE_GLOBAL), "flush the file"); });
  impl_->write_step("/", 0, [&] { impl_->file.close("close the file"); });
}

const std::string& Hdf5File::path() const { return impl_->path; }

bool Hdf5File::exists(const std::string& name) const {
  BORNFLOW_REQUIRE(impl_->file.is_open(), "'" + impl_->path + "' is closed");
  try {
    return hdf5::link_exists(impl_->file.id(), name);
  } catch (const hdf5::CallFailed& failure) {
    throw DataError(impl_->where(name) + failure.what());
  }
}

void Hdf5File::set_transfer_limit(std::int64_t bytes) {
  BORNFLOW_REQUIRE(bytes > 0, "a transfer must move at least one byte");
  impl_->transfer_limit = bytes;
}

}  // namespace bornflow
