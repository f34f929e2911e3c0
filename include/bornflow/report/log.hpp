#pragma once

#include <cstdio>
#include <string>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// What a run tells: lines on the standard output of rank 0, appended to a file as well. The other ranks are silent.
/// Nothing here is collective. A log that cannot be written any more (full disk) does not end a run.
class Log {
public:
  /// `file`: also written, when not empty; see open_file.
  explicit Log(const Communicator& comm, const std::string& file = "");
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// From here on lines are appended to `path` too, so that a restart continues the log. Throws IoError on rank 0.
  void open_file(const std::string& path);

  void line(const std::string& text);
  void warn(const std::string& text);  ///< a line "WARNING: text", counted
  int warnings() const { return warnings_; }

  /// Columns of the terminal, or 0 where the output goes to a file or a pipe. Ranks started by Open MPI's mpiexec see a
  /// pseudo-terminal without a size even in batch jobs; that counts as a file.
  int terminal_columns() const { return columns_; }
  /// Shows `text` as the last, changing line of the terminal; "" removes it. Does nothing without a terminal.
  void show_status(const std::string& text);
  /// A line to the file only; for what the terminal shows as status.
  void line_to_file(const std::string& text);

private:
  void write(std::FILE* stream, const std::string& text);

  bool is_root_;
  int columns_ = 0;
  int warnings_ = 0;
  std::string status_;
  std::FILE* file_ = nullptr;
};

}  // namespace bornflow
