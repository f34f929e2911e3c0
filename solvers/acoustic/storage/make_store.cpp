#include "solvers/acoustic/storage/boundary_store.hpp"
#include "solvers/acoustic/storage/byte_store.hpp"
#include "solvers/acoustic/storage/full_store.hpp"
#include "solvers/acoustic/storage/half_store.hpp"
#include "solvers/acoustic/storage/recompute_store.hpp"

namespace bornflow {

template <class T>
std::unique_ptr<WavefieldStore<T>> make_wavefield_store(Storage storage, const StorageProblem& problem) {
  switch (storage) {
    case Storage::full: return std::make_unique<FullStore<T>>(problem);
    case Storage::half: return std::make_unique<HalfStore<T>>(problem);
    case Storage::byte: return std::make_unique<ByteStore<T>>(problem);
    case Storage::boundary: return std::make_unique<BoundaryStore<T>>(problem);
    case Storage::recompute: return std::make_unique<RecomputeStore<T>>(problem);
  }
  BORNFLOW_REQUIRE(false, "no such storage");
  return nullptr;
}

template std::unique_ptr<WavefieldStore<float>> make_wavefield_store(Storage, const StorageProblem&);
template std::unique_ptr<WavefieldStore<double>> make_wavefield_store(Storage, const StorageProblem&);

}  // namespace bornflow
