#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// One HDF5 file: numbers in contiguous arrays, and attributes.
///
/// T is float, double, std::int32_t or std::int64_t. Names are paths inside the file ("/history/epoch"); the groups on
/// the way are made. The same calls give the same bytes on any number of ranks and on any day: object times are off,
/// storage is laid out when a dataset is created, metadata carries checksums (format of HDF5 1.10).
///
/// A file of create_parallel() is written only; every call on it but exists() and shape() is collective, and a failure
/// on one rank is thrown on all. What MPI-IO wrote is read back and compared. Programming mistakes (a row outside the
/// dataset, a name that exists with another shape) are Bugs. A failing disk is an IoError that names the path, the bytes
/// needed and the bytes free.
class Hdf5File {
public:
  /// A new file of one process; an old file of this name is lost. IoError when it cannot be made.
  static Hdf5File create(const std::string& path);
  /// A new file of all ranks of `comm`, through MPI-IO on a plain duplicate of `comm` (never a Cartesian one: OMPIO of
  /// Open MPI 4.1 corrupts data with those). Collective.
  static Hdf5File create_parallel(const std::string& path, const Communicator& comm);
  /// Opens for reading, one process. The file is first opened in a child process with limits on time and memory,
  /// because libhdf5 itself crashes or hangs on some damaged files. IoError when the file is missing or unreadable,
  /// DataError when it is damaged, truncated or not HDF5.
  static Hdf5File open(const std::string& path);

  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&& other) noexcept;
  /// Closes silently. While an exception unwinds, a parallel file is left to the end of the program: closing is
  /// collective, and the other ranks may never come.
  ~Hdf5File();

  /// Flushes and closes; the only close that reports errors. Collective for a parallel file.
  void close();
  const std::string& path() const;

  bool exists(const std::string& name) const;
  /// Extents of a dataset, slowest axis first; empty for a scalar.
  std::vector<std::int64_t> shape(const std::string& name) const;

  /// Writes a whole array of the given shape. Collective on a parallel file, which takes the values of rank 0.
  template <class T>
  void write(const std::string& name, const std::vector<std::int64_t>& shape, const T* values);
  /// The whole array, converted to T; DataError when a value does not fit T. Only numbers reached by plain (hard) links
  /// are read: external links, external storage and virtual datasets would read other files in the user's name.
  template <class T>
  std::vector<T> read(const std::string& name) const;

  /// Lays out a dataset for write_rows and reserves its room on the disk. Rows which are never written hold zeros.
  template <class T>
  void create_dataset(const std::string& name, const std::vector<std::int64_t>& shape);
  /// Writes the slices [first, first + count) of axis 0. Collective on a parallel file; count may be 0.
  template <class T>
  void write_rows(const std::string& name, std::int64_t first, std::int64_t count, const T* values);
  /// Reads the slices [first, first + count) of axis 0.
  template <class T>
  void read_rows(const std::string& name, std::int64_t first, std::int64_t count, T* values) const;

  /// Attributes of a dataset or group; "/" is the root. An attribute of this name is replaced. A parallel file takes
  /// the value of rank 0.
  void write_attribute(const std::string& object, const std::string& name, const std::string& value);
  void write_attribute(const std::string& object, const std::string& name, const char* value);
  void write_attribute(const std::string& object, const std::string& name, double value);
  void write_attribute(const std::string& object, const std::string& name, std::int64_t value);
  void write_attribute(const std::string& object, const std::string& name, int value);
  void write_attribute(const std::string& object, const std::string& name, const std::vector<double>& values);
  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  double number_attribute(const std::string& object, const std::string& name) const;
  std::vector<double> numbers_attribute(const std::string& object, const std::string& name) const;

  /// Largest number of bytes moved by one call of HDF5 (MPI-IO counts are ints); 256 MiB unless set.
  void set_transfer_limit(std::int64_t bytes);

private:
  struct Impl;
  explicit Hdf5File(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bornflow
