#include "bornflow/io/run_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/io/digest.hpp"
#include "src/io/file_system.hpp"

namespace bornflow {

namespace {

void write_and_sync(const std::string& path, const std::string& text) {
  const auto fail = [&](const char* what) {
    const int code = errno;
    throw IoError(std::string("cannot ") + what + " '" + path + "': " + std::strerror(code) + " (" +
                  std::to_string(text.size()) + " bytes needed, " + std::to_string(file_system::free_bytes(path)) +
                  " free in '" + file_system::folder_of(path) + "')");
  };
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("create");
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(descriptor, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    written += static_cast<std::size_t>(n);
  }
  const bool good = written == text.size() && ::fsync(descriptor) == 0;
  const int code = errno;
  ::close(descriptor);
  if (good) return;
  file_system::remove_quietly(path);
  errno = code;
  fail("write");
}

void make_writable_folder(const std::string& path, const std::string& ending) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!std::filesystem::is_directory(path))
    throw IoError("cannot make the run folder '" + path + "': " + (error ? error.message() : "it is a file") +
                  "; choose another one");
  const std::string probe = path + "/.writable." + std::to_string(::getpid()) + ending;
  file_system::remove_quietly(probe);
  try {
    write_and_sync(probe, "bornflow\n");
  } catch (const IoError& problem) {
    throw IoError("the run folder '" + path + "' cannot be written: " + problem.what());
  }
  file_system::remove_quietly(probe);
}

}  // namespace

RunFolder::RunFolder(const std::string& path, const Communicator& comm, const std::string& part)
    : path_(path), part_(part.empty() ? "" : "." + part) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  if (path_.empty()) path_ = ".";
  run_on_root(comm, [&] { make_writable_folder(path_, part_); });
}

std::string RunFolder::path(const std::string& name) const {
  const std::filesystem::path relative(name);
  bool leaves = name.empty() || relative.is_absolute();
  for (const auto& part : relative) leaves = leaves || part == "..";
  BORNFLOW_REQUIRE(!leaves, "'" + name + "' is no file inside the run folder");
  return path_ + "/" + name;
}

std::string RunFolder::record(const std::string& name) const { return path(name + part_); }

void RunFolder::write_status(const std::string& status) const {
  write_text_atomically(record("run.status"), status + "\n");
}

void write_text_atomically(const std::string& path, const std::string& text) {
  const std::string partial = path + ".partial";
  file_system::remove_quietly(partial);
  write_and_sync(partial, text);
  try {
    file_system::rename_file(partial, path);
  } catch (const IoError&) {
    file_system::remove_quietly(partial);
    throw;
  }
}

ProductState product_state(const std::string& path, const std::string& digest, std::string* damage) {
  std::error_code error;
  const auto type = std::filesystem::symlink_status(path, error).type();
  if (type == std::filesystem::file_type::not_found) return ProductState::missing;
  if (type == std::filesystem::file_type::none) throw IoError("cannot look at '" + path + "': " + error.message());
  const auto damaged = [&](const std::string& why) {
    if (damage != nullptr) *damage = why;
    return ProductState::damaged;
  };
  if (type == std::filesystem::file_type::directory) return damaged("'" + path + "' is a folder");
  try {
    const Hdf5File file = Hdf5File::open(path);
    if (!file.has_attribute("/", "format") || file.text_attribute("/", "format") != "bornflow")
      return damaged("'" + path + "' was not made by bornflow");
    if (!file.has_attribute("/", "complete") || file.number_attribute("/", "complete") != 1)
      return damaged("'" + path + "' was never completed");
    const bool same =
        file.has_attribute("/", "configuration") && file.text_attribute("/", "configuration") == digest;
    return same ? ProductState::complete : ProductState::other_configuration;
  } catch (const DataError& problem) {
    return damaged(problem.what());
  }
}

void write_configuration(Hdf5File& file, const std::string& text) {
  file.write_attribute("/", "configuration", text_digest(text));
  file.write_attribute("/", "parameters", text);
}

void remove_file(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) throw IoError("cannot remove '" + path + "': " + error.message());
}

std::string text_digest(const std::string& text) {
  Digest digest;
  digest.add(text.data(), text.size());
  return digest.hex();
}

}  // namespace bornflow
