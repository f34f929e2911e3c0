#include "bornflow/report/stop_request.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "bornflow/base/error.hpp"
#include "bornflow/report/duration.hpp"

namespace bornflow {

namespace {

/// Causes in the order of their precedence when several ranks have different ones; a signal's cause is its number plus
/// signal_base.
constexpr std::int64_t stop_file_cause = 1, wall_time_cause = 2, signal_base = 100;

/// A signal handler takes no argument of ours, so its flags must be global.
std::atomic<int> received_signal{0};
std::atomic<bool> interrupted{false};
std::atomic<bool> is_installed{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "used in a signal handler");

extern "C" void bornflow_note_signal(int signal) {
  if (signal == SIGINT && interrupted.exchange(true)) {  // an impatient user: die by the signal itself
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  int none = 0;
  received_signal.compare_exchange_strong(none, signal);
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGINT:
      return "SIGINT";
    default:
      return std::to_string(signal);
  }
}

sigset_t held_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);
  return set;
}

}  // namespace

HeldStopSignals::HeldStopSignals() {
  const sigset_t set = held_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void HeldStopSignals::release() {
  const sigset_t set = held_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

StopRequest::StopRequest(const Communicator& comm, double wall_time_seconds, std::string stop_file)
    : comm_(comm.duplicate()),
      wall_time_(wall_time_seconds),
      margin_(std::min(300.0, 0.1 * wall_time_seconds)),
      stop_file_(std::move(stop_file)),
      start_(std::chrono::steady_clock::now()) {
  BORNFLOW_REQUIRE(!is_installed.exchange(true), "only one StopRequest at a time");
  received_signal = 0;
  interrupted = false;
  struct sigaction action {};
  action.sa_handler = bornflow_note_signal;
  action.sa_flags = SA_RESTART;  // writing a file goes on
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    struct sigaction former {};
    sigaction(signal, &action, &former);
    former_.emplace_back(signal, former);
  }
  HeldStopSignals::release();
}

StopRequest::~StopRequest() {
  for (const auto& [signal, former] : former_) sigaction(signal, &former, nullptr);
  is_installed = false;
}

bool StopRequest::poll() {
  if (cause_ != 0) return true;
  std::int64_t mine = 0;
  if (comm_.is_root() && stop_file_seen()) mine = stop_file_cause;
  if (comm_.is_root() && wall_time_is_used_up()) mine = wall_time_cause;
  if (received_signal != 0) mine = signal_base + received_signal;
  cause_ = comm_.max(mine);
  return cause_ != 0;
}

std::string StopRequest::reason() const {
  if (cause_ == 0) return "";
  if (cause_ == stop_file_cause) return "the stop file " + stop_file_ + " was found";
  if (cause_ == wall_time_cause)
    return "the wall time of " + format_duration(wall_time_) + " is used up but for the margin of " +
           format_duration(margin_);
  return "signal " + signal_name(static_cast<int>(cause_ - signal_base));
}

bool StopRequest::stop_file_seen() {
  using namespace std::chrono_literals;
  const auto now = std::chrono::steady_clock::now();
  if (stop_file_.empty() || (has_looked_ && now - last_look_ < 1s)) return false;  // spares the metadata server
  has_looked_ = true;
  last_look_ = now;
  if (access(stop_file_.c_str(), F_OK) != 0) return false;
  unlink(stop_file_.c_str());
  return true;
}

bool StopRequest::wall_time_is_used_up() const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  return wall_time_ > 0 && elapsed.count() >= wall_time_ - margin_;
}

}  // namespace bornflow
