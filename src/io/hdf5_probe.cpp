#include "src/io/hdf5_probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "bornflow/base/error.hpp"
#include "src/io/file_system.hpp"
#include "src/io/hdf5_attributes.hpp"

namespace bornflow::hdf5 {

namespace {

constexpr int cpu_seconds = 10;    // a damaged file can send HDF5 in circles
constexpr int wall_seconds = 60;   // a file system that is busy is no sign of damage
constexpr rlim_t limit_extra_memory = rlim_t{2} << 30;  // beyond what this process has mapped already [bytes]
constexpr std::size_t max_objects = 10000;
constexpr int max_depth = 16;
constexpr std::int64_t max_chunked_read = 64 << 20;     // [bytes]

/// Where the superblock starts (the format allows 0, 512, 1024, 2048, ...), or -1.
long find_signature(std::FILE* file, std::int64_t size) {
  constexpr std::array<unsigned char, 8> signature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  for (std::int64_t offset = 0; offset + 8 <= size; offset = offset == 0 ? 512 : 2 * offset) {
    std::array<unsigned char, 8> bytes{};
    if (std::fseek(file, static_cast<long>(offset), SEEK_SET) != 0) return -1;
    if (std::fread(bytes.data(), 1, bytes.size(), file) == bytes.size() && bytes == signature)
      return static_cast<long>(offset);
  }
  return -1;
}

/// End of file that the superblock promises, or 0 when its version or its sizes are unknown.
std::uint64_t promised_size(std::FILE* file, long start) {
  std::array<unsigned char, 64> block{};
  if (std::fseek(file, start, SEEK_SET) != 0) return 0;
  if (std::fread(block.data(), 1, block.size(), file) < 48) return 0;
  const unsigned version = block[8];
  const bool old = version <= 1;
  if (version > 3 || block[old ? 13 : 9] != 8) return 0;
  const std::size_t at = version == 0 ? 40 : version == 1 ? 44 : 28;
  std::uint64_t end = 0;
  for (int i = 7; i >= 0; --i) end = end << 8 | block[at + static_cast<std::size_t>(i)];
  return end;
}

/// What can be told without libhdf5.
void look_from_outside(const std::string& path, std::int64_t size) {
  if (size == 0) throw DataError("'" + path + "' is empty (zero length): its writer was stopped, or the disk was full");
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw IoError("cannot read '" + path + "': " + std::strerror(errno));
  const long start = find_signature(file, size);
  const std::uint64_t end = start < 0 ? 0 : promised_size(file, start);
  std::fclose(file);
  if (start < 0)
    throw DataError("'" + path + "' is not an HDF5 file, or its writer was stopped before it wrote anything whole");
  if (end > static_cast<std::uint64_t>(size))
    throw DataError("'" + path + "' is truncated: " + std::to_string(size) + " of " + std::to_string(end) + " bytes");
}

void look_at_attributes(hid_t object) {
  for (const auto& name : attribute_names(object, 1000)) {
    try {
      if (is_text(object, name)) read_text(object, name);
      else read_numbers(object, name);
    } catch (const CallFailed&) {
      // Only who needs this attribute has to care; a crash is what we are after here.
    }
  }
}

void look_at_dataset(hid_t file, const std::string& name) {
  const Handle dataset = open_numbers(file, name);
  look_at_attributes(dataset.id());
  const Handle creation(H5Dget_create_plist(dataset.id()), H5Pclose, "get its layout");
  const std::int64_t bytes = byte_count(extents(dataset.id()), sizeof(double));
  if (H5Pget_layout(creation.id()) != H5D_CHUNKED || bytes > max_chunked_read) return;
  // The index of the chunks and the filters run only when values are read.
  std::vector<double> values(static_cast<std::size_t>(bytes) / sizeof(double));
  check(H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read its values");
}

void look_at_group(hid_t file, const std::string& name, int depth, std::size_t& n_objects) {
  const Handle group = open_object(file, name);
  look_at_attributes(group.id());
  for (const auto& link : link_names(group.id(), max_objects)) {
    if (++n_objects > max_objects) return;
    const std::string child = (name == "/" ? "" : name) + "/" + link;
    if (link.empty() || link == "." || link == ".." || link.find('/') != std::string::npos) continue;
    try {
      const bool is_group = H5Iget_type(open_object(file, child).id()) == H5I_GROUP;
      if (!is_group) look_at_dataset(file, child);
      else if (depth < max_depth) look_at_group(file, child, depth + 1, n_objects);
    } catch (const CallFailed&) {
      // Refused or damaged: reading it later gives the message, without a crash.
    }
  }
}

/// Runs in the child: looks everywhere, answers through `answer`, never returns.
[[noreturn]] void look_from_inside(const std::string& path, int answer) {
  for (const int signal_number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU}) std::signal(signal_number, SIG_DFL);
  // A scheduler sends these to every process of a job. The parent heeds them, after this file.
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) std::signal(signal_number, SIG_IGN);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  const auto limit = [](auto resource, rlim_t value, rlim_t until_kill = 0) {
    const rlimit soft_and_hard{value, value + until_kill};
    ::setrlimit(resource, &soft_and_hard);
  };
  limit(RLIMIT_CORE, 0);
  long pages = 0;
  if (std::FILE* status = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(status, "%ld", &pages) != 1) pages = 0;
    std::fclose(status);
  }
  const auto page_size = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  if (pages > 0) limit(RLIMIT_AS, static_cast<rlim_t>(pages) * page_size + limit_extra_memory);
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  limit(RLIMIT_CPU, static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + cpu_seconds), 5);   // SIGXCPU, not SIGKILL

  std::string text = "good";
  try {
    const Handle access = property_list(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(access.id(), false, true);
#endif
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, "open the file");
    std::size_t n_objects = 0;
    look_at_group(file.id(), "/", 0, n_objects);
    (void)!::write(answer, text.data(), text.size());
    ::_exit(0);
  } catch (const std::exception& failure) {
    text = failure.what();
  }
  (void)!::write(answer, text.data(), std::min<std::size_t>(text.size(), 2000));
  ::_exit(0);
}

/// Reads the child's answer until it closes the pipe or the time is up; true when in time.
bool wait_for_answer(int pipe_end, std::string& text) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + std::chrono::seconds(wall_seconds);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd event{pipe_end, POLLIN, 0};
    const int ready = ::poll(&event, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    std::array<char, 2048> buffer;
    const ssize_t n = ::read(pipe_end, buffer.data(), buffer.size());
    if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) return true;
  }
}

/// The child ended without an answer: only what HDF5 does to itself speaks against the file.
void judge_end(const std::string& path, int status) {
  const int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (signal_number == SIGXCPU)
    throw DataError("'" + path + "' is damaged: HDF5 is busy with it for more than " + std::to_string(cpu_seconds) + " s");
  for (const int crash : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    if (signal_number == crash) throw DataError("'" + path + "' is damaged: HDF5 crashes on it");
  throw IoError("cannot examine '" + path + "': the process that looked at it was ended from outside" +
                (signal_number != 0 ? " (signal " + std::to_string(signal_number) + ")" : ""));
}

}  // namespace

void probe_file(const std::string& path) {
  look_from_outside(path, file_system::require_readable(path));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw IoError("cannot examine '" + path + "': " + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) {
    // Too little memory or too many processes: the probe is a precaution, and the file is most likely sound.
    ::close(ends[0]);
    ::close(ends[1]);
    return;
  }
  if (child == 0) {
    ::close(ends[0]);
    look_from_inside(path, ends[1]);
  }
  ::close(ends[1]);
  std::string answer;
  const bool in_time = wait_for_answer(ends[0], answer);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    throw IoError("'" + path + "': HDF5 did not finish looking at it in " + std::to_string(wall_seconds) +
                  " s. Does its file system answer?");
  if (answer.empty()) judge_end(path, status);
  else if (answer != "good") throw DataError("'" + path + "' is damaged: " + answer);
}

}  // namespace bornflow::hdf5
