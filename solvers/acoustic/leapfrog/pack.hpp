#pragma once

#include <cmath>
#include <type_traits>

#include "bornflow/base/kokkos_compat.hpp"

#if !defined(__GNUC__) || defined(__CUDACC__) || defined(__HIPCC__) || defined(__NVCOMPILER)
#define BORNFLOW_PACK_BYTES 0
#elif defined(__AVX512F__)
#define BORNFLOW_PACK_BYTES 64
#elif defined(__AVX__)
#define BORNFLOW_PACK_BYTES 32
#else
#define BORNFLOW_PACK_BYTES 16
#endif

#if BORNFLOW_PACK_BYTES == 32 && defined(__FMA__)
#define BORNFLOW_AVX_FMA
#endif

/// Before a loop of constant length whose index picks registers: rolled up, it would keep them in memory.
#if defined(__CUDACC__) || defined(__HIPCC__) || defined(__clang__)
#define BORNFLOW_PRAGMA(text) _Pragma(#text)
#define BORNFLOW_UNROLL BORNFLOW_PRAGMA(unroll)
#define BORNFLOW_UNROLL_BY(n) BORNFLOW_PRAGMA(unroll n)
#else
#define BORNFLOW_UNROLL _Pragma("GCC unroll 32")
#define BORNFLOW_UNROLL_BY(n)
#endif

#if BORNFLOW_PACK_BYTES == 64 || defined(BORNFLOW_AVX_FMA)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"   // GCC 12 warns inside its own header (GCC bug 105593)
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

/// Packs of neighbouring values along x: what the row kernels compute with, in place of trusting a compiler to vectorise
/// a stencil (GCC gives each neighbour a pointer of its own and runs out of registers). On a device, and for a compiler
/// without vector types, a pack is one value, and nothing else changes.
namespace bornflow::detail {

constexpr int pack_bytes = BORNFLOW_PACK_BYTES;

template <class T, bool is_vector>
struct PackOf {
  using Value = T;
  using Unaligned = T;
};

#if BORNFLOW_PACK_BYTES > 0
template <class T>
struct PackOf<T, true> {
  typedef T Value __attribute__((vector_size(pack_bytes)));
  typedef T Unaligned __attribute__((vector_size(pack_bytes), aligned(sizeof(T)), may_alias));
};
#endif

constexpr bool has_packs = kernels_run_on_host && pack_bytes > 0;

template <class T>
using Pack = typename PackOf<T, has_packs>::Value;

template <class T>
constexpr int pack_width = sizeof(Pack<T>) / sizeof(T);

template <class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> load(const T* p) {
  return *reinterpret_cast<const typename PackOf<T, has_packs>::Unaligned*>(p);
}

/// Writes the first n values, or all where the pack has less.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION void store(T* p, const Pack<T>& value, int n) {
  if (n >= pack_width<T>) {
    *reinterpret_cast<typename PackOf<T, has_packs>::Unaligned*>(p) = value;
    return;
  }
#if BORNFLOW_PACK_BYTES == 64
  if constexpr (has_packs && std::is_same_v<T, float>)
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), reinterpret_cast<__m512>(value));
  else if constexpr (has_packs)
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1), reinterpret_cast<__m512d>(value));
#else
  if constexpr (has_packs)
    for (int i = 0; i < n; ++i) p[i] = value[i];
#endif
}

/// Elements from p to the next whole pack in memory. A pack that lies across two cache lines costs two reads.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION int points_to_alignment(const T* p) {
  return static_cast<int>(-(reinterpret_cast<std::uintptr_t>(p) / sizeof(T)) % pack_width<T>);
}

/// a b + c with one rounding, where the machine has such an instruction. The kernels name their fused products: left to the
/// compiler (-ffp-contract), two instances of one template may fuse differently, and a point would get other bits in a
/// block of one row than in a block of six.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> multiply_add(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
  if constexpr (!kernels_run_on_host) {
    return std::fma(a, b, c);
  } else if constexpr (!has_packs) {
    return a * b + c;
  } else {
#if BORNFLOW_PACK_BYTES == 64
    if constexpr (std::is_same_v<T, float>)
      return reinterpret_cast<Pack<T>>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
    else
      return reinterpret_cast<Pack<T>>(_mm512_fmadd_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), reinterpret_cast<__m512d>(c)));
#elif defined(BORNFLOW_AVX_FMA)
    if constexpr (std::is_same_v<T, float>)
      return reinterpret_cast<Pack<T>>(_mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
    else
      return reinterpret_cast<Pack<T>>(_mm256_fmadd_pd(reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b), reinterpret_cast<__m256d>(c)));
#else
    return a * b + c;
#endif
  }
}

/// A pack of equal values.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> spread(T value) {
  if constexpr (has_packs)
    return value - Pack<T>{};
  else
    return value;
}

/// Asks for the cache line at p, which may lie anywhere.
KOKKOS_FORCEINLINE_FUNCTION void prefetch(const void* p) {
#if BORNFLOW_PACK_BYTES > 0
  __builtin_prefetch(p, 0, 2);
#else
  (void)p;
#endif
}

/// The sums u[-k] + u[k] around the pack at a pointer, k = 1 .. radius. `at` is the pack itself.
///
/// A load that is not aligned touches two cache lines where a pack is as long as a line; there, neighbours are cut out
/// of the packs on the left and on the right instead. These are within the memory of a field: see PaddedLayout.
template <class T>
struct Neighbours {
  static constexpr bool from_registers = has_packs && pack_bytes == 64;
  const T* u;
  Pack<T> left, at, right;

  KOKKOS_FORCEINLINE_FUNCTION Neighbours(const T* pointer, const Pack<T>& centre) : u(pointer), left(), at(centre), right() {
    if constexpr (from_registers) left = load(u - pack_width<T>), right = load(u + pack_width<T>);
  }

  template <int k>
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> sum() const {
    if constexpr (from_registers && k < pack_width<T>)
      return cut<pack_width<T> - k>(left, at) + cut<k>(at, right);
    else if constexpr (from_registers && k == pack_width<T>)
      return left + right;
    else
      return load(u - k) + load(u + k);
  }

private:
  /// Values k .. k + pack_width - 1 of a followed by b.
  template <int k>
  KOKKOS_FORCEINLINE_FUNCTION static Pack<T> cut(const Pack<T>& a, const Pack<T>& b) {
#if BORNFLOW_PACK_BYTES == 64
    if constexpr (std::is_same_v<T, float>)
      return reinterpret_cast<Pack<T>>(_mm512_alignr_epi32(reinterpret_cast<__m512i>(b), reinterpret_cast<__m512i>(a), k));
    else
      return reinterpret_cast<Pack<T>>(_mm512_alignr_epi64(reinterpret_cast<__m512i>(b), reinterpret_cast<__m512i>(a), k));
#else
    return a + b;   // never called
#endif
  }
};

}  // namespace bornflow::detail
