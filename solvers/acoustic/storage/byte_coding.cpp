#include "solvers/acoustic/storage/byte_coding.hpp"

#include <string.h>   // memcpy: of std::memcpy, HIP knows the host's alone

#include "bornflow/base/kokkos_compat.hpp"

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

/// To the nearest integer of [-127, 127]. Clamped before it is converted, for NaN and infinity have no integer.
KOKKOS_FORCEINLINE_FUNCTION std::int8_t to_byte(float value) {
  const float below = value < 127.0f ? value : 127.0f;   // NaN too
  const float within = below > -127.0f ? below : -127.0f;
  return static_cast<std::int8_t>(static_cast<int>(within + 128.5f) - 128);
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
void encode_bytes(const T* values, int count, std::int64_t size, T scale, std::int8_t* bytes, std::uint8_t* exponents) {
  for_each_chunk("bornflow::encode_bytes", size, KOKKOS_LAMBDA(std::int64_t first, int points) {
    float largest[chunk] = {}, factor[chunk];
    for (int step = 0; step < count; ++step) {
      const T* const from = values + step * size + first;
      for (int i = 0; i < points; ++i) {
        const float value = static_cast<float>(scale * (from[i] < 0 ? -from[i] : from[i]));
        largest[i] = value > largest[i] ? value : largest[i];
      }
    }
    for (int i = 0; i < points; ++i) {
      const std::uint32_t exponent = exponent_of(largest[i]);
      const bool is_zero = exponent <= significant_bits;   // its unit would be denormal
      exponents[first + i] = static_cast<std::uint8_t>(is_zero ? 0 : exponent);
      factor[i] = power_of_two(is_zero ? 0 : 2 * bias + significant_bits - exponent);
    }
    for (int step = 0; step < count; ++step) {
      const T* const from = values + step * size + first;
      std::int8_t* const to = bytes + step * size + first;
      for (int i = 0; i < points; ++i) to[i] = to_byte(static_cast<float>(scale * from[i]) * factor[i]);
    }
  });
}

template <class T>
void decode_bytes(const std::int8_t* bytes, const std::uint8_t* exponents, std::int64_t size, T weight, T* values) {
  for_each_chunk("bornflow::decode_bytes", size, KOKKOS_LAMBDA(std::int64_t first, int points) {
    for (int i = 0; i < points; ++i) {
      const std::uint32_t exponent = exponents[first + i];
      const float unit = power_of_two(exponent <= significant_bits ? 0 : exponent - significant_bits);
      values[first + i] = weight * static_cast<T>(unit * static_cast<float>(bytes[first + i]));
    }
  });
}

template void encode_bytes(const float*, int, std::int64_t, float, std::int8_t*, std::uint8_t*);
template void encode_bytes(const double*, int, std::int64_t, double, std::int8_t*, std::uint8_t*);
template void decode_bytes(const std::int8_t*, const std::uint8_t*, std::int64_t, float, float*);
template void decode_bytes(const std::int8_t*, const std::uint8_t*, std::int64_t, double, double*);

}  // namespace bornflow
