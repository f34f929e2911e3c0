#pragma once

#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// Every acceleration, [step][z][y][x] on the physical grid. Nothing is run again.
template <class T>
class FullStore : public WavefieldStore<T> {
public:
  explicit FullStore(const StorageProblem& problem);
  void forward_step(int n, const Wavefield<T>& u) override;
  const T* acceleration(int n, Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  T* at(int n) const { return accelerations_.data() + n * image_size_; }
  std::int64_t image_size_;
  DeviceArray<T> accelerations_;
};

}  // namespace bornflow
