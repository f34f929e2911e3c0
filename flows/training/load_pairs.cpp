#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "flows/training/pair_dataset.hpp"

namespace bornflow {

namespace {

// What rank 0 tells the others before the data: rows, nz, nx, and whether there is a noise part.
std::vector<std::int64_t> read_extents(const Hdf5File& file, const std::string& path) {
  for (const char* name : {"/x", "/summary"})
    if (!file.exists(name))
      throw DataError(path + ": no dataset " + name + "; this is not a file of training pairs (task pairs makes one)");
  if (!file.has_attribute("/", "n_train"))
    throw DataError(path + ": the attribute n_train is missing, so the test set cannot be kept apart");
  const auto shape = file.shape("/x");
  const bool has_noise = file.exists("/summary_noise");
  if (shape.size() != 3 || file.shape("/summary") != shape || (has_noise && file.shape("/summary_noise") != shape))
    throw DataError(path + ": /x, /summary and /summary_noise must have one shape (N, nz, nx)");
  const auto n_train = static_cast<std::int64_t>(file.number_attribute("/", "n_train"));
  if (n_train < 1 || n_train > shape[0] || shape[1] < 1 || shape[2] < 1 || shape[1] > 65536 || shape[2] > 65536)
    throw DataError(path + ": n_train = " + std::to_string(n_train) + " does not fit the shape (" +
                    std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + ", " + std::to_string(shape[2]) +
                    ") of /x");
  return {n_train, shape[1], shape[2], has_noise};
}

}  // namespace

PairDataset PairDataset::load(const Communicator& comm, const std::string& path, int n_validation,
                              KnownRows known_rows, StrengthUse strength_use) {
  std::optional<Hdf5File> file;
  std::vector<std::int64_t> extents;
  run_on_root(comm, [&] {
    file.emplace(Hdf5File::open(path));
    extents = read_extents(*file, path);
  });
  comm.broadcast(extents);
  const std::int64_t n_train = extents[0], sample_size = extents[1] * extents[2];

  PairArrays pairs;
  pairs.name = path;
  pairs.nz = static_cast<int>(extents[1]);
  pairs.nx = static_cast<int>(extents[2]);
  pairs.known_rows = known_rows;
  pairs.strength_use = strength_use;
  // Pieces of at most 64 MiB (or one sample) keep every MPI count an int.
  const std::int64_t rows = std::max<std::int64_t>(1, (std::int64_t{1} << 24) / sample_size);
  const auto load_array = [&](const char* name, std::vector<float>& values) {
    values.resize(static_cast<std::size_t>(n_train * sample_size));
    for (std::int64_t first = 0; first < n_train; first += rows) {
      const std::int64_t count = std::min(rows, n_train - first);
      float* piece = values.data() + first * sample_size;
      run_on_root(comm, [&] { file->read_rows(name, first, count, piece); });
      check_mpi(MPI_Bcast(piece, static_cast<int>(count * sample_size), MPI_FLOAT, 0, comm.get()), "MPI_Bcast");
    }
  };
  load_array("/x", pairs.x);
  load_array("/summary", pairs.summary);
  if (extents[3] != 0) load_array("/summary_noise", pairs.summary_noise);
  return PairDataset(std::move(pairs), n_validation);
}

}  // namespace bornflow
