#pragma once

#include <cstdint>

#include "solvers/acoustic/storage/kept_steps.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// Accelerations in 8 bits, of one step in `every` (half_keeps_every); the steps between are neither kept nor imaged, and those
/// that are count `every` times.
///
/// At each point `byte_group` kept steps, about a period of the highest frequency, have one exponent: that of the greatest of
/// them, 2^e <= max |a| < 2^(e+1), and are kept as multiples of 2^(e-6). No error is greater than max |a| / 64, most are below
/// half of that, and the image sums over many of independent sign. As a point shares nothing with its neighbours, it has the same
/// bits for any cut of the grid.
template <class T>
class ByteStore : public WavefieldStore<T> {
public:
  explicit ByteStore(const StorageProblem& problem);
  void forward_step(int n, const Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  void encode(int group, int count) const;
  /// recent_ slot 0 <- `every` times the acceleration of a kept step.
  const T* decode(int kept) const;
  T* recent(int slot) const { return recent_.data() + slot * image_size_; }

  KeptSteps kept_;
  std::int64_t image_size_;
  DeviceArray<T> recent_;                 // [slot][point], of the group that is being filled
  DeviceArray<std::int8_t> bytes_;        // [kept step][point]
  DeviceArray<std::uint8_t> exponents_;   // [group][point], with the bias of single precision; 0: all are zero
};

}  // namespace bornflow
