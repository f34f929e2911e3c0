#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bornflow {

/// Throws with the text of MPI's own message when `code` is not MPI_SUCCESS.
void check_mpi(int code, const char* what);

/// Owns a duplicate of an MPI communicator. Copies are not possible; moves are.
class Communicator {
public:
  /// Duplicates `comm`; collective on it.
  explicit Communicator(MPI_Comm comm);
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  /// The part of this communicator whose ranks gave the same `color`, ordered by rank. Collective.
  Communicator split(int color) const;
  Communicator duplicate() const { return Communicator(comm_); }

  MPI_Comm get() const { return comm_; }
  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  void barrier() const;
  void broadcast(std::string& text, int root = 0) const;
  template <class T>
  void broadcast(std::vector<T>& values, int root = 0) const;  ///< resizes `values` on the other ranks
  std::int64_t sum(std::int64_t value) const;
  std::int64_t max(std::int64_t value) const;
  double max(double value) const;
  double min(double value) const;
  /// True on every rank when true on any.
  bool any(bool value) const;
  /// One value of each rank, in rank order, on every rank.
  std::vector<double> gather(double value) const;
  /// The values of all ranks, one after the other in rank order, on every rank.
  template <class T>
  std::vector<T> concatenate(const std::vector<T>& values) const;

private:
  Communicator() = default;
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

/// MPI's name of a C++ arithmetic type.
template <class T>
MPI_Datatype mpi_type();

}  // namespace bornflow
