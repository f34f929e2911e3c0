#include "flows/layers/affine_kernels.hpp"

#include "bornflow/base/error.hpp"
#include "flows/layers/elementary_functions.hpp"

namespace bornflow {

namespace {

using Range = Kokkos::RangePolicy<ExecutionSpace>;

/// Pixels are taken in tiles, whose log-scales are gathered so that exp and atan run over full vectors.
constexpr int tile_size = 128;

template <class T>
struct Tiles {
  int count, pixels_per_tile, pixels, tiles_per_sample;
  bool one_output;  // the sub-network's output has one sample for all

  Tiles(int channels, const Tensor<T>& output, const Tensor<T>& x) : count(channels) {
    BORNFLOW_REQUIRE(output.c == 2 * channels && output.h == x.h && output.w == x.w &&
                         (output.n == x.n || output.n == 1),
                     "the sub-network's output does not fit");
    BORNFLOW_REQUIRE(channels <= tile_size, "a coupling transforms at most 128 channels");
    pixels = x.h * x.w;
    pixels_per_tile = tile_size / channels;
    tiles_per_sample = (pixels + pixels_per_tile - 1) / pixels_per_tile;
    one_output = output.n == 1;
  }
};

/// One tile: which pixels, and log s and s of each.
template <class T>
struct Tile {
  int sample, begin, end;        // pixels of the sample
  std::size_t output_at, x_at;   // first numbers of the sample
  T a[tile_size], log_scale[tile_size], scale[tile_size];

  KOKKOS_INLINE_FUNCTION Tile(const Tiles<T>& tiles, int index, const T* output, int x_channels, T clamp) {
    sample = index / tiles.tiles_per_sample;
    begin = index % tiles.tiles_per_sample * tiles.pixels_per_tile;
    end = begin + tiles.pixels_per_tile < tiles.pixels ? begin + tiles.pixels_per_tile : tiles.pixels;
    const std::size_t image = tiles.pixels;
    output_at = tiles.one_output ? 0 : sample * image * 2 * tiles.count;
    x_at = sample * image * x_channels;
    const int c = tiles.count, size = (end - begin) * c;
    for (int p = begin; p < end; ++p)
      for (int j = 0; j < c; ++j) a[(p - begin) * c + j] = output[output_at + static_cast<std::size_t>(p) * 2 * c + j];
    const T slope = T(1) / clamp, factor = T(0.63661977236758134308) * clamp;
#pragma omp simd
    for (int i = 0; i < size; ++i) {
      log_scale[i] = factor * arc_tangent(a[i] * slope);
      scale[i] = exponential(log_scale[i]);
    }
  }
  /// d(log s)/da = 2/pi / (1 + (a / clamp)^2).
  KOKKOS_INLINE_FUNCTION T slope(int i, T clamp) const {
    const T u = a[i] / clamp;
    return T(0.63661977236758134308) / (1 + u * u);
  }
};

}  // namespace

template <class T>
void AffineKernels<T>::forward(const Tensor<T>& output, const Tensor<T>& x, double* log_det,
                               Workspace<T>& workspace) const {
  const Tiles<T> tiles(count, output, x);
  const int c = count, all = x.c, total = x.n * tiles.tiles_per_sample;
  const T bound = clamp;
  const T* out = output.data.data();
  T* data = x.data.data() + first;
  auto parts = workspace.get(Scratch::log_det_parts, total);
  T* sums = parts.data();
  Kokkos::parallel_for("bornflow::AffineCoupling::forward", Range(0, total), KOKKOS_LAMBDA(const int index) {
    const Tile<T> tile(tiles, index, out, all, bound);
    double sum = 0;
    for (int p = tile.begin; p < tile.end; ++p) {
      const T* shift = out + tile.output_at + static_cast<std::size_t>(p) * 2 * c + c;
      T* v = data + tile.x_at + static_cast<std::size_t>(p) * all;
      const int at = (p - tile.begin) * c;
      for (int j = 0; j < c; ++j) {
        v[j] = tile.scale[at + j] * v[j] + shift[j];
        sum += tile.log_scale[at + j];
      }
    }
    sums[index] = static_cast<T>(sum);
  });
  auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), parts);
  for (int i = 0; i < total; ++i) log_det[i / tiles.tiles_per_sample] += host(i);
}

template <class T>
void AffineKernels<T>::inverse(const Tensor<T>& output, const Tensor<T>& z) const {
  const Tiles<T> tiles(count, output, z);
  const int c = count, all = z.c;
  const T bound = clamp;
  const T* out = output.data.data();
  T* data = z.data.data() + first;
  Kokkos::parallel_for("bornflow::AffineCoupling::inverse", Range(0, z.n * tiles.tiles_per_sample),
                       KOKKOS_LAMBDA(const int index) {
    const Tile<T> tile(tiles, index, out, all, bound);
    for (int p = tile.begin; p < tile.end; ++p) {
      const T* shift = out + tile.output_at + static_cast<std::size_t>(p) * 2 * c + c;
      T* v = data + tile.x_at + static_cast<std::size_t>(p) * all;
      for (int j = 0; j < c; ++j) v[j] = (v[j] - shift[j]) / tile.scale[(p - tile.begin) * c + j];
    }
  });
}

template <class T>
void AffineKernels<T>::backward(const Tensor<T>& output, const Tensor<T>& z, const Tensor<T>& dz, T weight) const {
  const Tiles<T> tiles(count, output, z);
  BORNFLOW_REQUIRE(output.n == z.n, "gradients need the sub-network's output for each sample");
  const int c = count, all = z.c;
  const T bound = clamp;
  const bool relu = final_relu;
  T* out = output.data.data();
  T* data = z.data.data() + first;
  T* gradient = dz.data.data() + first;
  Kokkos::parallel_for("bornflow::AffineCoupling::backward", Range(0, z.n * tiles.tiles_per_sample),
                       KOKKOS_LAMBDA(const int index) {
    const Tile<T> tile(tiles, index, out, all, bound);
    for (int p = tile.begin; p < tile.end; ++p) {
      T* o = out + tile.output_at + static_cast<std::size_t>(p) * 2 * c;
      T* v = data + tile.x_at + static_cast<std::size_t>(p) * all;
      T* g = gradient + tile.x_at + static_cast<std::size_t>(p) * all;
      for (int j = 0; j < c; ++j) {
        const int i = (p - tile.begin) * c + j;
        const T scaled = v[j] - o[c + j];  // s x
        v[j] = scaled / tile.scale[i];
        const bool pass_a = !relu || tile.a[i] > 0, pass_t = !relu || o[c + j] > 0;
        o[j] = pass_a ? (g[j] * scaled + weight) * tile.slope(i, bound) : T(0);
        o[c + j] = pass_t ? g[j] : T(0);
        g[j] *= tile.scale[i];
      }
    }
  });
}

template <class T>
void AffineKernels<T>::inverse_transpose(const Tensor<T>& output, const Tensor<T>& x, const Tensor<T>& dx,
                                         bool with_output_gradient) const {
  const Tiles<T> tiles(count, output, x);
  const int c = count, all = x.c;
  const T bound = clamp;
  const bool relu = final_relu;
  BORNFLOW_REQUIRE(!with_output_gradient || output.n == x.n, "gradients need an output for each sample");
  T* out = output.data.data();
  T* data = x.data.data() + first;
  T* gradient = dx.data.data() + first;
  Kokkos::parallel_for("bornflow::AffineCoupling::inverse_transpose", Range(0, x.n * tiles.tiles_per_sample),
                       KOKKOS_LAMBDA(const int index) {
    const Tile<T> tile(tiles, index, out, all, bound);
    for (int p = tile.begin; p < tile.end; ++p) {
      T* o = out + tile.output_at + static_cast<std::size_t>(p) * 2 * c;
      T* v = data + tile.x_at + static_cast<std::size_t>(p) * all;
      T* g = gradient + tile.x_at + static_cast<std::size_t>(p) * all;
      for (int j = 0; j < c; ++j) {
        const int i = (p - tile.begin) * c + j;
        const T value = v[j], shift = o[c + j];
        if (with_output_gradient) {
          const bool pass_a = !relu || tile.a[i] > 0, pass_t = !relu || shift > 0;
          o[j] = pass_a ? -g[j] * value * tile.slope(i, bound) : T(0);  // x = (z - t) / s: d(x)/d(log s) = -x
          o[c + j] = pass_t ? -g[j] / tile.scale[i] : T(0);
        }
        v[j] = tile.scale[i] * value + shift;
        g[j] /= tile.scale[i];
      }
    }
  });
}

template struct AffineKernels<float>;
template struct AffineKernels<double>;

}  // namespace bornflow
