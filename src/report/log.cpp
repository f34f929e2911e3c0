#include "bornflow/report/log.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

int columns_of_terminal() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

/// Moves to the first column and clears the line (ECMA-48 erase in line).
const char* const clear_line = "\r\033[K";

}  // namespace

Log::Log(const Communicator& comm, const std::string& file) : is_root_(comm.is_root()) {
  if (is_root_) columns_ = columns_of_terminal();
  if (!file.empty()) open_file(file);
}

Log::~Log() {
  show_status("");
  if (file_ != nullptr) std::fclose(file_);
}

void Log::open_file(const std::string& path) {
  if (!is_root_) return;
  std::FILE* const file = std::fopen(path.c_str(), "a");
  if (file == nullptr)
    throw IoError("cannot append to the log " + path + ": " + std::strerror(errno) +
                  ". Does the folder exist, and may you write there?");
  if (file_ != nullptr) std::fclose(file_);
  file_ = file;
}

void Log::line(const std::string& text) {
  if (!is_root_) return;
  const std::string status = status_;
  show_status("");
  write(stdout, text);
  line_to_file(text);
  show_status(status);
}

void Log::warn(const std::string& text) {
  ++warnings_;
  line("WARNING: " + text);
}

void Log::line_to_file(const std::string& text) {
  if (file_ != nullptr) write(file_, text);
}

void Log::show_status(const std::string& text) {
  if (columns_ == 0 || (text.empty() && status_.empty())) return;
  status_ = text.substr(0, static_cast<std::size_t>(columns_ - 1));  // a full line would wrap
  std::fprintf(stdout, "%s%s", clear_line, status_.c_str());
  std::fflush(stdout);
}

void Log::write(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stream);
  std::fflush(stream);  // a killed job keeps its last line
}

}  // namespace bornflow
