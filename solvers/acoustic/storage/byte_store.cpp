#include "solvers/acoustic/storage/byte_store.hpp"

#include <string.h>   // memcpy: of std::memcpy, HIP knows the host's alone

namespace bornflow {

namespace {

/// Points of one work item: on a CPU a loop that the compiler turns into vectors.
constexpr int chunk = kernels_run_on_host ? 64 : 1;
constexpr int bias = 127, mantissa_bits = 23, significant_bits = 6;

KOKKOS_FORCEINLINE_FUNCTION std::uint32_t exponent_of(float positive) {
  std::uint32_t bits;
  memcpy(&bits, &positive, 4);
  return bits >> mantissa_bits;
}

/// 2^(biased - bias), and 0 for 0.
KOKKOS_FORCEINLINE_FUNCTION float power_of_two(std::uint32_t biased) {
  const std::uint32_t bits = biased << mantissa_bits;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/// To the nearest integer of [-127, 127]; value lies in (-128, 128).
KOKKOS_FORCEINLINE_FUNCTION std::int8_t to_byte(float value) {
  const int rounded = static_cast<int>(value + 128.5f) - 128;
  return static_cast<std::int8_t>(rounded > 127 ? 127 : rounded < -127 ? -127 : rounded);
}

/// action(first point, number of points) for the points of an image in pieces.
template <class Action>
void for_each_chunk(const char* label, std::int64_t size, const Action& action) {
  Kokkos::parallel_for(label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, (size + chunk - 1) / chunk),
                       KOKKOS_LAMBDA(std::int64_t item) {
                         const std::int64_t first = item * chunk, left = size - first;
                         action(first, static_cast<int>(left < chunk ? left : chunk));
                       });
}

}  // namespace

template <class T>
ByteStore<T>::ByteStore(const StorageProblem& problem)
    : kept_{problem.steps, half_keeps_every(problem.dt, problem.max_frequency)},
      image_size_(problem.layout.image_size),
      recent_(allocate_field<T>("bornflow::ByteStore::recent", image_size_ * byte_group, 6)),
      bytes_(allocate_field<std::int8_t>("bornflow::ByteStore::bytes", image_size_ * kept_.count(), 5)),
      exponents_(allocate_field<std::uint8_t>("bornflow::ByteStore::exponents",
                                              image_size_ * ((kept_.count() + byte_group - 1) / byte_group), 4)) {}

template <class T>
void ByteStore<T>::forward_step(int n, const Wavefield<T>& u) {
  if (!kept_.keeps(n)) {
    this->background().propagate(n, u);
    return;
  }
  const int group = kept_.index(n) / byte_group, slot = kept_.index(n) % byte_group;
  this->background().propagate_storing(n, u, recent(slot));
  if (slot + 1 == byte_group || n + 1 == kept_.steps) encode(group, slot + 1);
}

template <class T>
void ByteStore<T>::adjoint_step(int n, Wavefield<T>&, const Wavefield<T>& v, T* image) {
  if (kept_.keeps(n))
    this->stepper().propagate_imaging(v, decode(kept_.index(n)), image);
  else
    this->stepper().propagate_adjoint(v);
}

template <class T>
void ByteStore<T>::encode(int group, int count) const {
  const std::int64_t size = image_size_;
  const T* const recent = recent_.data();
  std::int8_t* const bytes = bytes_.data() + group * byte_group * size;
  std::uint8_t* const exponents = exponents_.data() + group * size;
  for_each_chunk("bornflow::ByteStore::encode", size, KOKKOS_LAMBDA(std::int64_t first, int points) {
    float largest[chunk] = {}, factor[chunk];
    for (int slot = 0; slot < count; ++slot) {
      const T* const values = recent + slot * size + first;
      for (int i = 0; i < points; ++i) {
        const float value = static_cast<float>(values[i] < 0 ? -values[i] : values[i]);
        largest[i] = value > largest[i] ? value : largest[i];
      }
    }
    for (int i = 0; i < points; ++i) {
      const std::uint32_t exponent = exponent_of(largest[i]);
      const bool is_zero = exponent <= significant_bits;   // its unit would be denormal
      exponents[first + i] = static_cast<std::uint8_t>(is_zero ? 0 : exponent);
      factor[i] = power_of_two(is_zero ? 0 : 2 * bias + significant_bits - exponent);
    }
    for (int slot = 0; slot < count; ++slot) {
      const T* const values = recent + slot * size + first;
      std::int8_t* const to = bytes + slot * size + first;
      for (int i = 0; i < points; ++i) to[i] = to_byte(static_cast<float>(values[i]) * factor[i]);
    }
  });
}

template <class T>
const T* ByteStore<T>::decode(int kept) const {
  const std::int8_t* const bytes = bytes_.data() + kept * image_size_;
  const std::uint8_t* const exponents = exponents_.data() + kept / byte_group * image_size_;
  T* const to = recent_.data();
  const T weight = static_cast<T>(kept_.every);
  for_each_chunk("bornflow::ByteStore::decode", image_size_, KOKKOS_LAMBDA(std::int64_t first, int points) {
    for (int i = 0; i < points; ++i) {
      const std::uint32_t exponent = exponents[first + i];
      const float unit = power_of_two(exponent <= significant_bits ? 0 : exponent - significant_bits);
      to[first + i] = weight * static_cast<T>(unit * static_cast<float>(bytes[first + i]));
    }
  });
  return to;
}

template class ByteStore<float>;
template class ByteStore<double>;

}  // namespace bornflow
