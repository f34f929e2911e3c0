#pragma once

#include "solvers/acoustic/storage/byte_coding.hpp"
#include "solvers/acoustic/storage/kept_steps.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// Accelerations in 8 bits, of one step in `every` (half_keeps_every); the steps between are neither kept nor imaged, and those
/// that are count `every` times.
///
/// At each point `byte_group` kept steps, about a period of the highest frequency, have one exponent (byte_coding.hpp): no error
/// is greater than 1/127 of the greatest of them, and the image sums over many of independent sign. As a point shares nothing with
/// its neighbours, it has the same bits for any cut of the grid.
template <class T>
class ByteStore : public WavefieldStore<T> {
public:
  explicit ByteStore(const StorageProblem& problem);
  void forward_step(int n, const Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  T* recent(int slot) const { return recent_.data() + slot * image_size_; }
  std::int8_t* bytes(int kept) const { return bytes_.data() + kept * image_size_; }
  std::uint8_t* exponents(int kept) const { return exponents_.data() + kept / byte_group * image_size_; }

  KeptSteps kept_;
  std::int64_t image_size_;
  T scale_;
  DeviceArray<T> recent_;                 // [slot][point], of the group that is being filled
  DeviceArray<std::int8_t> bytes_;        // [kept step][point]
  DeviceArray<std::uint8_t> exponents_;   // [group][point]
};

}  // namespace bornflow
