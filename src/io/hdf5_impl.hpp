#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "src/io/hdf5_handle.hpp"

namespace bornflow {

struct Hdf5File::Impl {
  std::string path;
  hdf5::Handle file;
  std::optional<Communicator> comm;   ///< of a parallel file
  bool writing = false;
  bool failed = false;                ///< a write failed, on every rank: nothing more is written
  int exceptions_at_start = 0;
  bool one_node = true;               ///< all ranks see the same page cache
  std::int64_t transfer_limit = std::int64_t{1} << 28;

  bool is_root() const { return !comm || comm->is_root(); }
  std::string where(const std::string& name) const { return "'" + path + "', '" + name + "': "; }

  /// Runs `action` on every rank; when it fails on any, throws the first rank's failure as an IoError on all.
  template <class Action>
  void write_step(const std::string& name, std::int64_t bytes, Action&& action);
  /// Runs `action`, which reads; a failing call becomes a DataError.
  template <class Action>
  auto read_step(const std::string& name, Action&& action) const;

  void require_writable() const;
  /// IoError on every rank when `bytes` more do not fit the disk.
  void require_space(const std::string& name, std::int64_t bytes);
  /// Brings what other nodes wrote into sight. Collective.
  void synchronise() const;
  void agree(const std::string& problem);
  void discard() noexcept;
};

/// " (N bytes needed, M free in FOLDER)" for messages about a failed write.
std::string space_report(const std::string& path, std::int64_t needed);

template <class Action>
void Hdf5File::Impl::write_step(const std::string& name, std::int64_t bytes, Action&& action) {
  std::string problem;
  try {
    action();
  } catch (const hdf5::CallFailed& failure) {
    problem = where(name) + failure.what() + space_report(path, bytes);
  }
  agree(problem);
}

template <class Action>
auto Hdf5File::Impl::read_step(const std::string& name, Action&& action) const {
  BORNFLOW_REQUIRE(!comm, "a parallel file is written only; open '" + path + "' again to read it");
  BORNFLOW_REQUIRE(file.is_open(), "'" + path + "' is closed");
  try {
    return action();
  } catch (const hdf5::CallFailed& failure) {
    throw DataError(where(name) + failure.what());
  }
}

}  // namespace bornflow
