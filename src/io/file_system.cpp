#include "src/io/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "bornflow/base/error.hpp"

namespace bornflow::file_system {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int code) {
  std::string cure;
  if (code == ENOENT) cure = "; folder '" + folder_of(path) + "' or the file is missing";
  if (code == EACCES || code == EPERM || code == EROFS) cure = "; choose a folder you may write to";
  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    cure = "; " + std::to_string(free_bytes(path)) + " bytes are free in '" + folder_of(path) +
           "', free some or check your quota";
  throw IoError("cannot " + what + " '" + path + "': " + std::strerror(code) + cure);
}

void sync_path(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail("open for syncing", path, errno);
  const int result = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  // Some file systems cannot sync a folder; there is nothing more to do then.
  if (result != 0 && !(code == EINVAL && (flags & O_DIRECTORY))) fail("bring to the disk", path, code);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::int64_t free_bytes(const std::string& path) {
  struct statvfs info;
  if (::statvfs(folder_of(path).c_str(), &info) != 0) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

bool reserve(const std::string& path, std::int64_t offset, std::int64_t size) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return true;
  const int result = ::fallocate(descriptor, 0, static_cast<off_t>(offset), static_cast<off_t>(size));
  const int code = errno;
  ::close(descriptor);
  return result == 0 || (code != ENOSPC && code != EDQUOT && code != EFBIG);
}

void require_creatable(const std::string& path) {
  struct stat info;
  if (::stat(folder_of(path).c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    throw IoError("cannot create '" + path + "': there is no folder '" + folder_of(path) + "'; make it first");
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == EISDIR) throw IoError("cannot create '" + path + "': it is a folder");
  if (descriptor < 0 && errno == ELOOP)
    throw IoError("cannot create '" + path + "': it is a symbolic link, which is not followed; remove it");
  if (descriptor < 0) fail("create", path, errno);
  ::close(descriptor);
}

std::int64_t require_readable(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      struct stat folder;
      const bool has_folder = ::stat(folder_of(path).c_str(), &folder) == 0;
      throw IoError("cannot read '" + path + "': there is no such file in folder '" + folder_of(path) + "'" +
                    (has_folder ? "" : ", and no such folder"));
    }
    fail("read", path, errno);
  }
  if (S_ISDIR(info.st_mode)) throw IoError("cannot read '" + path + "': it is a folder, a file is needed");
  if (!S_ISREG(info.st_mode)) throw IoError("cannot read '" + path + "': it is not a regular file");
  if (::access(path.c_str(), R_OK) != 0) fail("read", path, errno);
  return static_cast<std::int64_t>(info.st_size);
}

void sync_file(const std::string& path) { sync_path(path, O_RDONLY); }

void sync_folder_of(const std::string& path) { sync_path(folder_of(path), O_RDONLY | O_DIRECTORY); }

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) fail("give '" + from + "' its name", to, errno);
  sync_folder_of(to);
}

void rename_if_there(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return sync_folder_of(to);
  if (errno != ENOENT) fail("give '" + from + "' its name", to, errno);
}

void remove_quietly(const std::string& path) noexcept { ::unlink(path.c_str()); }

void empty_quietly(const std::string& path) noexcept { (void)!::truncate(path.c_str(), 0); }

}  // namespace bornflow::file_system
