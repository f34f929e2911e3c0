#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Wall time of one named phase over the ranks [s]. A rank that never entered it counts with 0.
struct PhaseTime {
  std::string path;        ///< "pairs/simulate"
  int depth = 0;           ///< 0 at the top
  std::int64_t calls = 0;  ///< largest of any rank
  double min = 0, mean = 0, max = 0;
};

/// The tree of timed phases of a run; filled by ScopedTimer.
class Timers {
public:
  Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// Every phase of any rank, parents before children; phases still running count up to now. Collective, same result on
  /// every rank, also where the ranks went through different phases.
  std::vector<PhaseTime> phases(const Communicator& comm) const;

  /// A table of the phases with the share of the whole run. Collective, same text on every rank.
  std::string summary(const Communicator& comm) const;

  /// Writes the phases, the date, the number of ranks, how the program was built and `facts` (machine, grid, ...) as
  /// JSON. Collective; rank 0 writes. Throws IoError there.
  void write_json(const std::string& path, const Communicator& comm,
                  const std::vector<std::pair<std::string, std::string>>& facts = {}) const;

  /// Seconds since the Timers were made.
  double elapsed() const;

private:
  friend class ScopedTimer;
  using Clock = std::chrono::steady_clock;
  struct Phase {
    std::string path;
    int parent;
    std::int64_t calls = 0;
    double seconds = 0;
    Clock::time_point start{};
  };
  void start(const std::string& name);
  void stop();
  const Phase* find(const std::string& path) const;
  double seconds_of(const std::string& path) const;
  std::vector<std::string> all_paths(const Communicator& comm) const;

  Clock::time_point birth_;
  std::vector<Phase> phases_;
  int running_ = -1;  ///< innermost open phase
};

/// Times a scope as a child of the scope it is in, and names it for Kokkos Tools. Not for use inside kernels or by
/// several threads. On a device it waits for the kernels at both ends, so that their time falls into their phase.
class ScopedTimer {
public:
  ScopedTimer(Timers& timers, const std::string& name);
  ~ScopedTimer();
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;

private:
  Timers& timers_;
  ScopedRegion region_;
};

}  // namespace bornflow
