#pragma once

#include <memory>
#include <string>

#include "bornflow/io/hdf5_file.hpp"

namespace bornflow {

/// A product that appears under its name only when it is whole.
///
/// Everything is written to `<path>.partial`. commit() marks it complete (root attribute complete = 1), closes it, looks
/// whether it can be read, brings it to the disk and renames it. Without commit nothing named `<path>` appears and an
/// older file of that name stays as it was; the destructor removes the partial file. Products carry the root attributes format = "bornflow" and
/// format_version.
class OutputFile {
public:
  static constexpr int format_version = 1;

  /// A product of one process.
  explicit OutputFile(const std::string& path);
  /// A product of all ranks of `comm`; collective, as are commit() and every call on file().
  OutputFile(const std::string& path, const Communicator& comm);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Hdf5File& file();
  /// IoError on every rank when closing, syncing or renaming fails. The file that stood there is replaced, or, where
  /// `previous` names a path, takes that name. Collective.
  void commit(const std::string& previous = "");

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// True when `path` exists, opens, and was committed. Damaged, foreign and missing files are not complete.
bool is_complete(const std::string& path);

}  // namespace bornflow
