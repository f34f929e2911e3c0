#pragma once

#include <cstdint>
#include <string>

/// The few calls of POSIX that files need, with our messages. Private to io.
namespace bornflow::file_system {

std::string folder_of(const std::string& path);
/// Bytes an unprivileged user can still write in the folder of `path`, or the largest number when unknown.
std::int64_t free_bytes(const std::string& path);

/// Gives the bytes [offset, offset + size) of an existing file room on the disk; false when there is none. True also
/// where the file system cannot promise room.
bool reserve(const std::string& path, std::int64_t offset, std::int64_t size);

/// IoError with the likely cause when `path` cannot be made or truncated: missing folder, no permission, a folder of
/// that name, a symbolic link (which is not followed), a full disk.
void require_creatable(const std::string& path);
/// IoError when `path` is not a regular file that this process can read; returns its size.
std::int64_t require_readable(const std::string& path);

/// Brings the file, and the entry of its folder, to the disk. IoError.
void sync_file(const std::string& path);
void sync_folder_of(const std::string& path);
/// Renames and brings the folder to the disk. IoError.
void rename_file(const std::string& from, const std::string& to);
/// The same, and nothing when there is no `from`.
void rename_if_there(const std::string& from, const std::string& to);
void remove_quietly(const std::string& path) noexcept;
void empty_quietly(const std::string& path) noexcept;

}  // namespace bornflow::file_system
