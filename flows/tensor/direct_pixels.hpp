#pragma once

#include <algorithm>

#include "flows/tensor/convolution.hpp"
#include "flows/tensor/direct_kernels.hpp"
#include "flows/tensor/direct_weight_gradient.hpp"

/// Rows of pixels of the direct convolution: tiles of pixels times panels of output channels, with the epilogue applied
/// while the results are in registers.
namespace bornflow::direct {

/// Where one call of the pixel kernel reads, and what it multiplies with.
template <class T>
struct PixelProblem {
  const T* x;                  // top left corner of the first pixel's window
  std::ptrdiff_t pixel_stride, run_stride;
  int runs, length;
  const T* panels;             // weights, one panel of V vectors after the other
  int c_out, vectors;
};

/// Applies the epilogue to one pixel's vectors and writes the channels that exist.
template <class T, int V>
inline void finish_pixel(typename Simd<T>::Vector (&value)[V], int first_channel, int c_out,
                         const Epilogue<T>& epilogue, std::size_t result_at, std::size_t add_at, T* y) {
  using S = Simd<T>;
  for (int v = 0; v < V; ++v) {
    const int c = first_channel + v * S::lanes;
    const int valid = std::min(S::lanes, c_out - c);
    alignas(vector_bytes) T lane[S::lanes];
    const auto operand = [&](const T* from) {
      if (valid == S::lanes) return S::load(from);
      std::memset(lane, 0, sizeof(lane));
      std::memcpy(lane, from, valid * sizeof(T));
      return S::load(lane);
    };
    auto result = value[v];
    if (epilogue.bias) result += operand(epilogue.bias + c);
    if (epilogue.add) result += operand(epilogue.add + add_at + c);
    if (epilogue.relu) result = result > 0 ? result : typename S::Vector{};
    if (epilogue.mask) result = operand(epilogue.mask + result_at + c) > 0 ? result : typename S::Vector{};
    if (valid == S::lanes) {
      S::store(y + result_at + c, result);
    } else {
      S::store(lane, result);
      std::memcpy(y + result_at + c, lane, valid * sizeof(T));
    }
  }
}

/// The same for a tile of pixels whose vectors are all full: each part of the epilogue is one sweep over the registers.
template <class T, int P, int V>
inline void finish_full_tile(typename Simd<T>::Vector (&acc)[P][V], int first_channel, int c_out,
                             const Epilogue<T>& epilogue, std::size_t result_at, std::size_t add_at, T* y) {
  using S = Simd<T>;
  const auto sweep = [&](const auto& change) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) change(acc[p][v], p, first_channel + v * S::lanes);
  };
  const auto at = [&](int p, int c) { return static_cast<std::size_t>(p) * c_out + c; };
  if (epilogue.bias) sweep([&](auto& value, int, int c) { value += S::load(epilogue.bias + c); });
  if (epilogue.add) sweep([&](auto& value, int p, int c) { value += S::load(epilogue.add + add_at + at(p, c)); });
  if (epilogue.relu) sweep([&](auto& value, int, int) { value = value > 0 ? value : typename S::Vector{}; });
  if (epilogue.mask)
    sweep([&](auto& value, int p, int c) {
      value = S::load(epilogue.mask + result_at + at(p, c)) > 0 ? value : typename S::Vector{};
    });
  sweep([&](auto& value, int p, int c) { S::store(y + result_at + at(p, c), value); });
}

template <class T, int P, int V>
inline void pixel_tile(const PixelProblem<T>& problem, const T* panel, int first_pixel, int first_vector,
                       const Epilogue<T>& epilogue, std::size_t result_row, std::size_t add_row, T* y) {
  typename Simd<T>::Vector acc[P][V];
  accumulate_pixels<T, P, V>(problem.x + first_pixel * problem.pixel_stride, problem.pixel_stride, problem.run_stride,
                             problem.runs, problem.length, panel, acc);
  const std::size_t first = static_cast<std::size_t>(first_pixel) * problem.c_out;
  const int first_channel = first_vector * Simd<T>::lanes;
  if (first_channel + V * Simd<T>::lanes <= problem.c_out) {
    finish_full_tile<T, P, V>(acc, first_channel, problem.c_out, epilogue, result_row + first, add_row + first, y);
    return;
  }
  for (int p = 0; p < P; ++p) {
    const std::size_t offset = first + static_cast<std::size_t>(p) * problem.c_out;
    finish_pixel<T, V>(acc[p], first_channel, problem.c_out, epilogue, result_row + offset, add_row + offset, y);
  }
}

template <class T, int V>
void pixel_row_panel(const PixelProblem<T>& problem, const T* panel, int width, int first_vector,
                     const Epilogue<T>& epilogue, std::size_t result_row, std::size_t add_row, T* y) {
  int p = 0;
  if constexpr (V == 1)  // a single vector needs more pixels to keep the units busy
    for (; p + 2 * tile_rows <= width; p += 2 * tile_rows)
      pixel_tile<T, 2 * tile_rows, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
  for (; p + tile_rows <= width; p += tile_rows)
    pixel_tile<T, tile_rows, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
  for (; p + 2 <= width; p += 2) pixel_tile<T, 2, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
  for (; p < width; ++p) pixel_tile<T, 1, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
}

/// One row of pixels, all output channels. A panel of weights is `depth` deep, and the problem begins at `first`.
template <class T>
void pixel_row(const PixelProblem<T>& problem, int depth, int first, int width, const Epilogue<T>& epilogue,
               std::size_t result_row, std::size_t add_row, T* y) {
  const T* panel = problem.panels;
  for (int vector = 0; vector < problem.vectors;) {
    const int count = vectors_of_panel(problem.vectors - vector), size = count * Simd<T>::lanes;
    const T* begin = panel + static_cast<std::ptrdiff_t>(first) * size;
    if (count == 3) pixel_row_panel<T, 3>(problem, begin, width, vector, epilogue, result_row, add_row, y);
    if (count == 2) pixel_row_panel<T, 2>(problem, begin, width, vector, epilogue, result_row, add_row, y);
    if (count == 1) pixel_row_panel<T, 1>(problem, begin, width, vector, epilogue, result_row, add_row, y);
    panel += static_cast<std::ptrdiff_t>(depth) * size;
    vector += count;
  }
}

/// Weights (depth, columns) into panels of full vectors, padded with zeros.
template <class T>
void pack_panels(const T* weight, int depth, int columns, T* panels) {
  constexpr int lanes = Simd<T>::lanes;
  const int vectors = round_up_to_lanes<T>(columns) / lanes;
  for (int first = 0; first < vectors;) {
    const int count = vectors_of_panel(vectors - first);
    const int begin = first * lanes, valid = std::min(count * lanes, columns - begin);
    for (int d = 0; d < depth; ++d, panels += count * lanes) {
      std::copy_n(weight + static_cast<std::size_t>(d) * columns + begin, valid, panels);
      std::fill(panels + valid, panels + count * lanes, T(0));
    }
    first += count;
  }
}

}  // namespace bornflow::direct
