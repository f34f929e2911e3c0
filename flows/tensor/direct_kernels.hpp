#pragma once

#include <cstddef>
#include <cstring>

/// Register-blocked inner kernels of the direct convolution (host).
///
/// Both keep a tile of P x V vector accumulators in registers and per step load V vectors and broadcast P numbers, so
/// that the multiply-add units, not the loads, are the limit. A vector is `lanes` neighbouring channels; compilers
/// (GCC, Clang) map the vector type to what the machine has.
namespace bornflow::direct {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr int tile_rows = 8;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
constexpr int tile_rows = 4;
#else
constexpr int vector_bytes = 16;
constexpr int tile_rows = 4;
#endif
constexpr int tile_vectors = 3;

template <class T>
struct Simd {
  typedef T Vector __attribute__((vector_size(vector_bytes)));
  static constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));
  static Vector load(const T* from) {
    Vector v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
  /// A load that stays in a register: with AVX2, GCC else reads the vector anew for each product, and loads become the limit.
  static Vector load_once(const T* from) {
    Vector v = load(from);
#if defined(__AVX__) && !defined(__AVX512F__)
    asm("" : "+x"(v));
#endif
    return v;
  }
  static void store(T* to, Vector v) { std::memcpy(to, &v, sizeof(v)); }
};

template <class T>
constexpr int round_up_to_lanes(int channels) {
  return (channels + Simd<T>::lanes - 1) / Simd<T>::lanes * Simd<T>::lanes;
}

/// acc[p][v] = sum over runs r and i < length of x[p * pixel_stride + r * run_stride + i] * w[(r * length + i), v].
/// A run is one row of the kernel: its columns and channels are contiguous in a channels-last image.
template <class T, int P, int V>
inline void accumulate_pixels(const T* __restrict__ x, std::ptrdiff_t pixel_stride, std::ptrdiff_t run_stride, int runs,
                              int length, const T* __restrict__ w, typename Simd<T>::Vector (&acc)[P][V]) {
  using S = Simd<T>;
  typename S::Vector sum[P][V] = {};
  constexpr int half = P > 8 ? P / 2 : P;  // two bases: the registers do not suffice for the offsets of 16 pixels
  for (int r = 0; r < runs; ++r) {
    const T* __restrict__ run = x + r * run_stride;
    const T* __restrict__ run2 = run + half * pixel_stride;
    for (int i = 0; i < length; ++i, w += V * S::lanes) {
      typename S::Vector b[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) b[v] = S::load_once(w + v * S::lanes);
#pragma GCC unroll 16
      for (int p = 0; p < P; ++p) {
        const T a = p < half ? run[p * pixel_stride + i] : run2[(p - half) * pixel_stride + i];
#pragma GCC unroll 16
        for (int v = 0; v < V; ++v) sum[p][v] += a * b[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) acc[p][v] = sum[p][v];
}

/// sums[m * sums_stride + v] += sum over rows and pixels of a[.., m] * b[.., v]: a piece of the weight gradient.
template <class T, int M, int V>
inline void accumulate_products(const T* __restrict__ a, int a_stride, std::ptrdiff_t a_row, const T* __restrict__ b,
                                int b_stride, std::ptrdiff_t b_row, int rows, int width, T* __restrict__ sums,
                                int sums_stride) {
  using S = Simd<T>;
  typename S::Vector acc[M][V] = {};
  for (int r = 0; r < rows; ++r) {
    const T* __restrict__ pa = a + r * a_row;
    const T* __restrict__ pb = b + r * b_row;
    for (int x = 0; x < width; ++x, pa += a_stride, pb += b_stride) {
      typename S::Vector vb[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) vb[v] = S::load_once(pb + v * S::lanes);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        const T factor = pa[m];
#pragma GCC unroll 16
        for (int v = 0; v < V; ++v) acc[m][v] += factor * vb[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m)
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) {
      T* to = sums + m * sums_stride + v * S::lanes;
      S::store(to, S::load(to) + acc[m][v]);
    }
}

}  // namespace bornflow::direct
