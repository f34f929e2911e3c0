#pragma once

#include "solvers/acoustic/storage/kept_steps.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// Accelerations in 16 bits, of one step in `every` (half_keeps_every); the steps between are neither kept nor imaged, and
/// those that are count `every` times.
///
/// All values are kept times one power of two, chosen before the first step so that acceleration_bound becomes at most
/// 32768, half of what 16 bits hold: the range is never left above. Numbers keep their 11 bits down to 2^-29 of the bound,
/// some 2^-23 of the greatest acceleration that occurs; what is less fades out over another 2^-10.
template <class T>
class HalfStore : public WavefieldStore<T> {
public:
  explicit HalfStore(const StorageProblem& problem);
  void forward_step(int n, const Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  HalfBits* at(int n) const { return accelerations_.data() + kept_.index(n) * image_size_; }

  KeptSteps kept_;
  std::int64_t image_size_;
  T scale_;
  DeviceArray<HalfBits> accelerations_;
};

}  // namespace bornflow
