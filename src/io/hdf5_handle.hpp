#pragma once

#include <hdf5.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// The only place where HDF5's C interface is wrapped: handles that close themselves, checked return codes, and number
/// types. Private to io.
namespace bornflow::hdf5 {

/// A call of HDF5 failed. The callers turn it into an IoError or a DataError that names the file.
struct CallFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Turns off HDF5's own printing of errors and its loading of plugins (code from the environment). Repeatable.
void prepare_library();

/// The innermost entry of HDF5's error stack: what really went wrong. Clears the stack.
std::string last_error();

/// Throws CallFailed("cannot <what>: <last error>") for a negative result.
template <class Result>
Result check(Result result, const std::string& what) {
  if (result < 0) throw CallFailed("cannot " + what + ": " + last_error());
  return result;
}

/// Owns an identifier of HDF5.
class Handle {
public:
  using Closer = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Closer closer, const std::string& what) : id_(check(id, what)), closer_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(closer_, other.closer_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) closer_(id_);
  }

  hid_t id() const { return id_; }
  bool is_open() const { return id_ >= 0; }
  /// Closing writes what HDF5 still held back, so it can fail. Then the identifier is given up: HDF5 1.10 frees the
  /// object behind it all the same, and a second try would crash.
  void close(const std::string& what) {
    if (id_ >= 0) check(closer_(std::exchange(id_, -1)), what);
  }
  /// Gives the identifier up without closing it.
  void abandon() { id_ = -1; }

private:
  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

/// Type in memory of T, and the type it is stored as (little endian).
template <class T>
hid_t memory_type();
template <class T>
hid_t stored_type();

Handle property_list(hid_t list_class);
/// Properties of a new file, group or dataset of ours: no times, and links and attributes in the object's header, however
/// many (the heaps that HDF5 makes for more than eight are laid out differently by the parallel driver).
Handle creation_list(hid_t list_class);

/// A path inside a file as its components; a Bug when one is empty or a dot.
std::vector<std::string> split_name(const std::string& name);
std::string join_name(const std::vector<std::string>& parts);

/// Product of extents and a size, or CallFailed when it does not fit 63 bits.
std::int64_t byte_count(const std::vector<std::int64_t>& shape, std::size_t value_size);

bool link_exists(hid_t file, const std::string& name);
std::vector<std::int64_t> extents(hid_t dataset);

/// Opens an object for reading after every link on the way was seen to be a hard one.
Handle open_object(hid_t file, const std::string& name);
/// As open_object, for a dataset of numbers that are stored in this file and whose size agrees with the size of the
/// file; everything else is refused.
Handle open_numbers(hid_t file, const std::string& name);

/// Names of the links of a group, at most `limit`.
std::vector<std::string> link_names(hid_t group, std::size_t limit);

}  // namespace bornflow::hdf5
