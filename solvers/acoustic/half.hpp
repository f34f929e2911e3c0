#pragma once

#include <cstdint>
#include <string.h>   // memcpy: of std::memcpy, HIP knows the host's alone

#include "solvers/acoustic/leapfrog/pack.hpp"

/// Numbers of 16 bits (IEEE 754 binary16: 11 bits of precision, 6.1e-5 to 65504, and down to 6e-8 with fewer bits), for
/// keeping, not for computing. Rounded to nearest, ties to even, on every machine; instructions of the processor where it
/// has them (F16C, AVX-512), else integer arithmetic.
namespace bornflow {

using HalfBits = std::uint16_t;

/// |value| above 65504 becomes infinite, NaN stays NaN.
KOKKOS_FORCEINLINE_FUNCTION HalfBits to_half(float value) {
  std::uint32_t bits;
  memcpy(&bits, &value, 4);
  const std::uint32_t sign = bits & 0x80000000u;
  bits ^= sign;
  std::uint32_t half;
  if (bits >= 0x47800000u) {          // 65536 and above
    half = bits > 0x7f800000u ? 0x7e00u : 0x7c00u;
  } else if (bits < 0x38800000u) {    // below 2^-14: adding 0.5 leaves the rounded mantissa in the last bits
    float shifted;
    memcpy(&shifted, &bits, 4);
    shifted += 0.5f;
    memcpy(&bits, &shifted, 4);
    half = bits - 0x3f000000u;
  } else {                            // other exponents are rebased by 127 - 15; the carry of rounding goes where it must
    half = (bits - 0x38000000u + 0xfffu + ((bits >> 13) & 1u)) >> 13;
  }
  return static_cast<HalfBits>(half | sign >> 16);
}

KOKKOS_FORCEINLINE_FUNCTION float from_half(HalfBits half) {
  std::uint32_t bits = (half & 0x7fffu) << 13;
  const std::uint32_t exponent = bits & 0x0f800000u;
  float value;
  if (exponent == 0) {                // zero or below 2^-14
    bits += 0x38800000u;
    memcpy(&value, &bits, 4);
    value -= 6.103515625e-5f;
    memcpy(&bits, &value, 4);
  } else {
    bits += exponent == 0x0f800000u ? 0x70000000u : 0x38000000u;
  }
  bits |= static_cast<std::uint32_t>(half & 0x8000u) << 16;
  memcpy(&value, &bits, 4);
  return value;
}

namespace detail {

#if defined(__F16C__) && (BORNFLOW_PACK_BYTES == 64 || defined(BORNFLOW_AVX_FMA))
constexpr bool has_half_packs = has_packs;
constexpr int to_nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

#if BORNFLOW_PACK_BYTES == 64
inline void widen(const HalfBits* from, Pack<float>& to) {
  to = reinterpret_cast<Pack<float>>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
inline void widen(const HalfBits* from, Pack<double>& to) {
  const __m256 single = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  to = reinterpret_cast<Pack<double>>(_mm512_cvtps_pd(single));
}
inline void narrow(const Pack<float>& from, HalfBits* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph(reinterpret_cast<__m512>(from), to_nearest));
}
inline void narrow(const Pack<double>& from, HalfBits* to) {
  const __m256 single = _mm512_cvtpd_ps(reinterpret_cast<__m512d>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(single, to_nearest));
}
#else
inline void widen(const HalfBits* from, Pack<float>& to) {
  to = reinterpret_cast<Pack<float>>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
inline void widen(const HalfBits* from, Pack<double>& to) {
  const __m128 single = _mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  to = reinterpret_cast<Pack<double>>(_mm256_cvtps_pd(single));
}
inline void narrow(const Pack<float>& from, HalfBits* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(reinterpret_cast<__m256>(from), to_nearest));
}
inline void narrow(const Pack<double>& from, HalfBits* to) {
  const __m128 single = _mm256_cvtpd_ps(reinterpret_cast<__m256d>(from));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_cvtps_ph(single, to_nearest));
}
#endif
#else
constexpr bool has_half_packs = false;
#endif

/// A pack of values kept in 16 bits.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> load_half(const HalfBits* p) {
  if constexpr (has_half_packs) {
    Pack<T> result;
    widen(p, result);
    return result;
  } else {
    T values[pack_width<T>];
    for (int i = 0; i < pack_width<T>; ++i) values[i] = static_cast<T>(from_half(p[i]));
    return load(values);
  }
}

/// Keeps the first n values, or all where the pack has less.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION void store_half(HalfBits* p, const Pack<T>& value, int n) {
  if constexpr (has_half_packs) {
    HalfBits part[pack_width<T>];
    HalfBits* const to = n >= pack_width<T> ? p : part;
    narrow(value, to);
    if (to == part)
      for (int i = 0; i < n; ++i) p[i] = part[i];
  } else {
    T values[pack_width<T>];
    store(values, value, pack_width<T>);
    for (int i = 0; i < (n < pack_width<T> ? n : pack_width<T>); ++i) p[i] = to_half(static_cast<float>(values[i]));
  }
}

}  // namespace detail

}  // namespace bornflow
