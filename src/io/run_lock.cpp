#include "bornflow/io/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "bornflow/base/error.hpp"
#include "bornflow/base/utc_time.hpp"
#include "bornflow/parallel/run_on_root.hpp"

namespace bornflow {

namespace {

/// What was killed a moment ago, and is restarted at once, may still be dying.
constexpr auto patience = std::chrono::seconds(3);

bool try_lock(int descriptor, bool shared) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return true;   // no locks here
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

/// A holder that ends removes the file: then the lock is on one that no other run will find.
bool is_still_there(int descriptor, const std::string& path) {
  struct stat ours = {}, there = {};
  return ::fstat(descriptor, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino;
}

std::string first_line_of(int descriptor) {
  char text[200] = {};
  if (::pread(descriptor, text, sizeof text - 1, 0) <= 0) return "";
  const std::string all(text);
  return all.substr(0, all.find('\n'));
}

void write_holder(int descriptor) {
  char host[100] = {};
  ::gethostname(host, sizeof host - 1);
  const std::string text = std::string("process ") + std::to_string(::getpid()) + " on " + host + ", since " + utc_now() + "\n";
  // For people alone: the lock holds without it.
  if (::ftruncate(descriptor, 0) == 0) [[maybe_unused]] const auto written = ::pwrite(descriptor, text.data(), text.size(), 0);
}

}  // namespace

class RunLock::FileLock {
public:
  FileLock(const std::string& path, bool shared) : path_(path) {
    do {
      close();
      descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
      if (descriptor_ < 0) return;   // RunFolder has made sure that the folder can be written
      if (!try_lock(descriptor_, shared)) {
        const std::string holder = first_line_of(descriptor_);
        close();
        throw UserError("another run works in this folder (" + path + (holder.empty() ? "" : ": " + holder) +
                        "). Wait for its end, choose another [run] folder, or, where that process is gone and its lock was left on a "
                        "file server, remove the file.");
      }
    } while (!is_still_there(descriptor_, path));
    write_holder(descriptor_);
  }
  ~FileLock() {
    // Others may share it; the last one removes the file.
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) ::unlink(path_.c_str());
    close();
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

private:
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  std::string path_;
  int descriptor_ = -1;
};

RunLock::RunLock(const RunFolder& folder, const Communicator& comm) {
  run_on_root(comm, [&] {
    const std::string all = folder.path("run.lock"), own = folder.record("run.lock");
    folder_ = std::make_unique<FileLock>(all, own != all);
    if (own != all) part_ = std::make_unique<FileLock>(own, false);
  });
}

RunLock::~RunLock() = default;

}  // namespace bornflow
