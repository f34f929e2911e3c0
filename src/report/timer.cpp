#include "bornflow/report/timer.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/utc_time.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/report/duration.hpp"
#include "bornflow/report/json_writer.hpp"

namespace bornflow {

namespace {

void wait_for_kernels() {
  if constexpr (!kernels_run_on_host) ExecutionSpace().fence();
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += path + "\n";
  return text;
}

/// Puts `path` behind its parent and everything below it, so that a table reads as a tree.
void insert_path(std::vector<std::string>& paths, const std::string& path) {
  if (std::find(paths.begin(), paths.end(), path) != paths.end()) return;
  const std::string parent = parent_of(path);
  auto place = paths.end();
  if (!parent.empty()) {
    place = std::find(paths.begin(), paths.end(), parent) + 1;
    while (place != paths.end() && place->compare(0, parent.size() + 1, parent + "/") == 0) ++place;
  }
  paths.insert(place, path);
}

}  // namespace

Timers::Timers() : birth_(Clock::now()) {}

double Timers::elapsed() const { return std::chrono::duration<double>(Clock::now() - birth_).count(); }

void Timers::start(const std::string& name) {
  BORNFLOW_REQUIRE(!name.empty() && name.find_first_of("/\n") == std::string::npos,
                   "a phase needs a name without slashes");
  const std::string path = running_ < 0 ? name : phases_[static_cast<std::size_t>(running_)].path + "/" + name;
  const Phase* phase = find(path);
  if (phase == nullptr) {
    phases_.push_back({path, running_});
    phase = &phases_.back();
  }
  running_ = static_cast<int>(phase - phases_.data());
  phases_[static_cast<std::size_t>(running_)].start = Clock::now();
}

void Timers::stop() {
  Phase& phase = phases_[static_cast<std::size_t>(running_)];
  phase.seconds += std::chrono::duration<double>(Clock::now() - phase.start).count();
  ++phase.calls;
  running_ = phase.parent;
}

const Timers::Phase* Timers::find(const std::string& path) const {
  const auto found =
      std::find_if(phases_.begin(), phases_.end(), [&](const Phase& phase) { return phase.path == path; });
  return found == phases_.end() ? nullptr : &*found;
}

double Timers::seconds_of(const std::string& path) const {
  const Phase* const phase = find(path);
  if (phase == nullptr) return 0;
  for (int i = running_; i >= 0; i = phases_[static_cast<std::size_t>(i)].parent)
    if (&phases_[static_cast<std::size_t>(i)] == phase)
      return phase->seconds + std::chrono::duration<double>(Clock::now() - phase->start).count();
  return phase->seconds;
}

std::vector<std::string> Timers::all_paths(const Communicator& comm) const {
  std::vector<std::string> paths;
  for (const Phase& phase : phases_) insert_path(paths, phase.path);
  // Ranks nearly always went through the same phases; only otherwise are the names exchanged, rank by rank.
  const auto hash = static_cast<std::int64_t>(std::hash<std::string>()(joined(paths)) >> 1);
  if (comm.max(hash) == -comm.max(-hash)) return paths;
  std::vector<std::string> of_all;
  for (int root = 0; root < comm.size(); ++root) {
    std::string text = joined(paths);
    comm.broadcast(text, root);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      insert_path(of_all, text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return of_all;
}

std::vector<PhaseTime> Timers::phases(const Communicator& comm) const {
  std::vector<PhaseTime> result;
  for (const std::string& path : all_paths(comm)) {
    const std::vector<double> seconds = comm.gather(seconds_of(path));
    const Phase* const mine = find(path);
    PhaseTime phase;
    phase.path = path;
    phase.depth = static_cast<int>(std::count(path.begin(), path.end(), '/'));
    phase.calls = comm.max(mine == nullptr ? std::int64_t{0} : mine->calls);
    phase.min = *std::min_element(seconds.begin(), seconds.end());
    phase.max = *std::max_element(seconds.begin(), seconds.end());
    // Rounding may put the mean of equal numbers a bit above them.
    phase.mean = std::clamp(std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(seconds.size()),
                            phase.min, phase.max);
    result.push_back(phase);
  }
  return result;
}

std::string Timers::summary(const Communicator& comm) const {
  const double total = comm.max(elapsed());
  const std::vector<PhaseTime> table = phases(comm);
  std::size_t width = 12;
  for (const PhaseTime& phase : table)
    width =
        std::max(width, phase.path.size() - parent_of(phase.path).size() + 2 * static_cast<std::size_t>(phase.depth));
  char cells[120];
  std::snprintf(cells, sizeof cells, "%8s %11s %11s %11s %7s\n", "calls", "min [s]", "mean [s]", "max [s]", "share");
  std::string text = "phase" + std::string(width - 5, ' ') + cells;
  for (const PhaseTime& phase : table) {
    const std::string parent = parent_of(phase.path);
    const std::string name = std::string(2 * static_cast<std::size_t>(phase.depth), ' ') +
                             phase.path.substr(parent.empty() ? 0 : parent.size() + 1);
    std::snprintf(cells, sizeof cells, "%8lld %11.3f %11.3f %11.3f %6.1f%%\n", static_cast<long long>(phase.calls),
                  phase.min, phase.mean, phase.max, total > 0 ? 100 * phase.mean / total : 0.0);
    text += name + std::string(width - name.size(), ' ') + cells;
  }
  return text + "whole run " + format_duration(total) + " on " + std::to_string(comm.size()) +
         (comm.size() == 1 ? " rank" : " ranks");
}

void Timers::write_json(const std::string& path, const Communicator& comm,
                        const std::vector<std::pair<std::string, std::string>>& facts) const {
  const double total = comm.max(elapsed());
  const std::vector<PhaseTime> table = phases(comm);
  if (!comm.is_root()) return;
  JsonWriter json;
  json.begin_object().member("date", utc_now()).member("ranks", comm.size()).member("seconds", total);
  json.key("facts").begin_object();
  for (const auto& [name, value] : facts) json.member(name, value);
  json.end_object().key("build").begin_object();
  for (const auto& [name, value] : build_info()) json.member(name, value);
  json.end_object().key("phases").begin_array();
  for (const PhaseTime& phase : table) {
    json.begin_object().member("path", phase.path).member("calls", phase.calls);
    json.member("min", phase.min).member("mean", phase.mean).member("max", phase.max).end_object();
  }
  json.end_array().end_object();
  json.write_file(path);
}

ScopedTimer::ScopedTimer(Timers& timers, const std::string& name) : timers_(timers), region_(name) {
  wait_for_kernels();
  timers_.start(name);
}

ScopedTimer::~ScopedTimer() {
  wait_for_kernels();
  timers_.stop();
}

}  // namespace bornflow
