#include "bornflow/parallel/communicator.hpp"

#include <algorithm>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/pieces.hpp"

namespace bornflow {

void check_mpi(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(ExitCode::bug, std::string(what) + " failed: " + std::string(text, static_cast<std::size_t>(length)));
}

template <> MPI_Datatype mpi_type<float>() { return MPI_FLOAT; }
template <> MPI_Datatype mpi_type<double>() { return MPI_DOUBLE; }
template <> MPI_Datatype mpi_type<char>() { return MPI_CHAR; }
template <> MPI_Datatype mpi_type<int>() { return MPI_INT; }
template <> MPI_Datatype mpi_type<std::int64_t>() { return MPI_INT64_T; }

Communicator::Communicator(MPI_Comm comm) {
  check_mpi(MPI_Comm_dup(comm, &comm_), "MPI_Comm_dup");
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

Communicator::~Communicator() {
  if (comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
}

Communicator::Communicator(Communicator&& other) noexcept
    : comm_(std::exchange(other.comm_, MPI_COMM_NULL)), rank_(other.rank_), size_(other.size_) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  std::swap(comm_, other.comm_);
  std::swap(rank_, other.rank_);
  std::swap(size_, other.size_);
  return *this;
}

Communicator Communicator::split(int color) const {
  Communicator part;
  check_mpi(MPI_Comm_split(comm_, color, rank_, &part.comm_), "MPI_Comm_split");
  MPI_Comm_rank(part.comm_, &part.rank_);
  MPI_Comm_size(part.comm_, &part.size_);
  return part;
}

void Communicator::barrier() const { check_mpi(MPI_Barrier(comm_), "MPI_Barrier"); }

void Communicator::broadcast(std::string& text, int root) const {
  std::vector<char> bytes(text.begin(), text.end());
  broadcast(bytes, root);
  text.assign(bytes.begin(), bytes.end());
}

template <class T>
void Communicator::broadcast(std::vector<T>& values, int root) const {
  std::int64_t count = static_cast<std::int64_t>(values.size());
  check_mpi(MPI_Bcast(&count, 1, MPI_INT64_T, root, comm_), "MPI_Bcast");
  values.resize(static_cast<std::size_t>(count));
  for_each_piece(count, [&](std::int64_t first, int n) {
    check_mpi(MPI_Bcast(values.data() + first, n, mpi_type<T>(), root, comm_), "MPI_Bcast");
  });
}

template void Communicator::broadcast(std::vector<char>&, int) const;
template void Communicator::broadcast(std::vector<int>&, int) const;
template void Communicator::broadcast(std::vector<std::int64_t>&, int) const;
template void Communicator::broadcast(std::vector<float>&, int) const;
template void Communicator::broadcast(std::vector<double>&, int) const;

namespace {

template <class T>
T reduce(T value, MPI_Op operation, MPI_Comm comm) {
  T result{};
  check_mpi(MPI_Allreduce(&value, &result, 1, mpi_type<T>(), operation, comm), "MPI_Allreduce");
  return result;
}

}  // namespace

std::int64_t Communicator::sum(std::int64_t value) const { return reduce(value, MPI_SUM, comm_); }
std::int64_t Communicator::max(std::int64_t value) const { return reduce(value, MPI_MAX, comm_); }
double Communicator::max(double value) const { return reduce(value, MPI_MAX, comm_); }
double Communicator::min(double value) const { return reduce(value, MPI_MIN, comm_); }
bool Communicator::any(bool value) const { return max(static_cast<std::int64_t>(value)) != 0; }

std::vector<double> Communicator::gather(double value) const {
  std::vector<double> values(static_cast<std::size_t>(size_));
  check_mpi(MPI_Allgather(&value, 1, MPI_DOUBLE, values.data(), 1, MPI_DOUBLE, comm_), "MPI_Allgather");
  return values;
}

template <class T>
std::vector<T> Communicator::concatenate(const std::vector<T>& values) const {
  std::int64_t total = 0;
  const std::vector<double> sizes = gather(static_cast<double>(values.size()));
  for (const double size : sizes) total += static_cast<std::int64_t>(size);
  std::vector<T> all(static_cast<std::size_t>(total));
  if (total > max_mpi_count) {
    std::int64_t offset = 0;
    for (int source = 0; source < size_; ++source) {
      const auto count = static_cast<std::int64_t>(sizes[static_cast<std::size_t>(source)]);
      if (source == rank_) std::copy(values.begin(), values.end(), all.begin() + offset);
      for_each_piece(count, [&](std::int64_t first, int n) {
        check_mpi(MPI_Bcast(all.data() + offset + first, n, mpi_type<T>(), source, comm_), "MPI_Bcast");
      });
      offset += count;
    }
    return all;
  }
  std::vector<int> counts, offsets;
  for (const double size : sizes) {
    offsets.push_back(counts.empty() ? 0 : offsets.back() + counts.back());
    counts.push_back(static_cast<int>(size));
  }
  check_mpi(MPI_Allgatherv(values.data(), static_cast<int>(values.size()), mpi_type<T>(), all.data(), counts.data(),
                           offsets.data(), mpi_type<T>(), comm_), "MPI_Allgatherv");
  return all;
}

template std::vector<int> Communicator::concatenate(const std::vector<int>&) const;
template std::vector<float> Communicator::concatenate(const std::vector<float>&) const;
template std::vector<double> Communicator::concatenate(const std::vector<double>&) const;

}  // namespace bornflow
