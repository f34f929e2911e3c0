#include "bornflow/io/output_file.hpp"

#include <functional>
#include <optional>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/io/file_system.hpp"
#include "src/io/hdf5_probe.hpp"

namespace bornflow {

struct OutputFile::Impl {
  std::string path;
  std::optional<Communicator> comm;
  std::optional<Hdf5File> file;
  bool committed = false;

  ~Impl() {
    if (committed) return;
    // Gives a full disk its space back, so that closing the file can succeed.
    if (is_root()) file_system::empty_quietly(partial());
    file.reset();
    remove_partial();
  }
  std::string partial() const { return path + ".partial"; }
  bool is_root() const { return !comm || comm->is_root(); }
  void remove_partial() noexcept {
    if (is_root()) file_system::remove_quietly(partial());
  }
  void on_root(const std::function<void()>& action) {
    if (comm)
      run_on_root(*comm, action);
    else
      action();
  }
  void start() {
    // A leftover of a killed job, or a symbolic link somebody planted, must not be written through.
    remove_partial();
    if (comm) comm->barrier();
    file.emplace(comm ? Hdf5File::create_parallel(partial(), *comm) : Hdf5File::create(partial()));
    file->write_attribute("/", "format", "bornflow");
    file->write_attribute("/", "format_version", format_version);
  }
};

OutputFile::OutputFile(const std::string& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->start();
}

OutputFile::OutputFile(const std::string& path, const Communicator& comm) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->comm = comm.duplicate();
  impl_->start();
}

OutputFile::~OutputFile() = default;

Hdf5File& OutputFile::file() {
  BORNFLOW_REQUIRE(!impl_->committed, "'" + impl_->path + "' is committed already");
  return *impl_->file;
}

void OutputFile::commit(const std::string& previous) {
  file().write_attribute("/", "complete", 1);
  impl_->file->close();
  impl_->on_root([&] {
    try {
      hdf5::probe_file(impl_->partial());
    } catch (const DataError& error) {
      throw IoError(std::string("what was written cannot be read back: ") + error.what());
    }
    file_system::sync_file(impl_->partial());
    if (!previous.empty()) file_system::rename_if_there(impl_->path, previous);
    file_system::rename_file(impl_->partial(), impl_->path);
  });
  impl_->committed = true;
}

bool is_complete(const std::string& path) {
  try {
    const Hdf5File file = Hdf5File::open(path);
    return file.has_attribute("/", "complete") && file.number_attribute("/", "complete") == 1;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace bornflow
