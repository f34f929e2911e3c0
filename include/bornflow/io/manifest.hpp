#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// One effective parameter and where it came from ("default", "file:12", "command line").
struct ManifestParameter {
  std::string section, key, value, origin;
};

/// What makes a run understandable and repeatable later; written as manifest.json at its start and again at its end.
struct ManifestData {
  std::vector<std::string> command_line;
  std::vector<ManifestParameter> parameters;
  std::vector<std::pair<std::string, std::int64_t>> seeds;
  std::vector<std::string> input_files;
  std::string status = "running";       ///< running | done | checkpointed; why a run failed is in run.status
  std::string start_time, end_time;     ///< UTC, ISO 8601

  void start();                                ///< notes the time
  void finish(const std::string& how);         ///< notes the time and how the run ended
};

/// Writes manifest.json atomically: the data, how the program was built, the number of hosts and ranks (names of
/// users and hosts only where the command line or a path holds them), size and digest of the input files, largest memory of a rank. Collective; rank 0 writes, and its
/// IoError is thrown on every rank.
void write_manifest(const std::string& path, const ManifestData& data, const Communicator& comm);

/// Digest (FNV-1a, 64 bits) of a file's bytes, 16 hexadecimal digits. IoError when it cannot be read.
std::string file_digest(const std::string& path);

}  // namespace bornflow
