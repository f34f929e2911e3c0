#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Keeps SIGTERM and SIGUSR1 back until a StopRequest is made to note them, so that a signal during the start of the
/// program stops the run at its first checkpoint and does not kill it. Make it before anything that starts threads: they
/// inherit it, and the main thread alone gets the signals later.
class HeldStopSignals {
public:
  HeldStopSignals();
  ~HeldStopSignals() { release(); }
  HeldStopSignals(const HeldStopSignals&) = delete;
  HeldStopSignals& operator=(const HeldStopSignals&) = delete;
  /// Signals of the meantime arrive now. Call on the thread that made it.
  static void release();
};

/// Whether the run should stop at its next checkpoint: because any rank received SIGTERM, SIGUSR1 or SIGINT, the wall
/// time is nearly used up, or somebody made the stop file.
///
/// The wall time counts from the constructor, on rank 0's clock, and is left with a margin of a tenth of it, at most
/// five minutes: the work between two polls and the checkpoint must fit into that. A second SIGINT ends the process at
/// once. Make it after PETSc is started; signals that HeldStopSignals kept back count. The former signal handlers come
/// back in the destructor. One at a time in a process.
class StopRequest {
public:
  /// `wall_time_seconds` 0: no limit. `stop_file` empty: none; rank 0 removes the file once it has seen it, so that the
  /// next run does not stop again. Collective on `comm`.
  StopRequest(const Communicator& comm, double wall_time_seconds, std::string stop_file);
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// Collective; the same answer on every rank. Once true it stays true.
  bool poll();

  /// Why poll() became true ("signal SIGUSR1", ...), the same on every rank; empty before.
  std::string reason() const;

  double margin() const { return margin_; }  ///< [s]

private:
  bool stop_file_seen();
  bool wall_time_is_used_up() const;

  Communicator comm_;
  double wall_time_, margin_;
  std::string stop_file_;
  std::chrono::steady_clock::time_point start_, last_look_;
  bool has_looked_ = false;
  std::int64_t cause_ = 0;  ///< 0: none; the others are named in the .cpp
  std::vector<std::pair<int, struct sigaction>> former_;
};

}  // namespace bornflow
