#include "flows/tensor/direct_weight_gradient.hpp"

#include <algorithm>
#include <vector>

namespace bornflow::direct {

namespace {

using HostRange = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;

/// Strides and sizes of: sums(m, v) += sum over pixels of a(pixel, m) * b(pixel, v).
template <class T>
struct ProductProblem {
  int a_stride, b_stride;                 // between pixels
  std::ptrdiff_t a_row, b_row;            // between rows of one sample
  int a_channels, vectors, width;
};

template <class T, int M>
void product_panel(const ProductProblem<T>& p, int vectors, const T* a, const T* b, int rows, T* sums) {
  const int stride = p.vectors * Simd<T>::lanes;
  const auto accumulate = vectors == 3   ? accumulate_products<T, M, 3>
                          : vectors == 2 ? accumulate_products<T, M, 2>
                                         : accumulate_products<T, M, 1>;
  accumulate(a, p.a_stride, p.a_row, b, p.b_stride, p.b_row, rows, p.width, sums, stride);
}

/// A tile of the sums: `count` channels of a (8 or 4, 2, 1) and `vectors` of b.
struct ProductTile {
  int m, count, v, vectors;
};

std::vector<ProductTile> tiles_of(int a_channels, int all_vectors) {
  std::vector<ProductTile> tiles;
  for (int m = 0; m < a_channels;) {
    const int left = a_channels - m, count = left >= tile_rows ? tile_rows : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    for (int v = 0; v < all_vectors;) {
      const int vectors = vectors_of_panel(all_vectors - v);
      tiles.push_back({m, count, v, vectors});
      v += vectors;
    }
    m += count;
  }
  return tiles;
}

/// One tile over a block of rows that stays in the first-level cache.
template <class T>
void product_tile(const ProductProblem<T>& p, const ProductTile& tile, const T* a, const T* b, int rows, T* sums) {
  constexpr int lanes = Simd<T>::lanes;
  a += tile.m, b += tile.v * lanes, sums += (tile.m * p.vectors + tile.v) * lanes;
  if (tile.count == tile_rows) product_panel<T, tile_rows>(p, tile.vectors, a, b, rows, sums);
  else if (tile.count == 4) product_panel<T, 4>(p, tile.vectors, a, b, rows, sums);
  else if (tile.count == 2) product_panel<T, 2>(p, tile.vectors, a, b, rows, sums);
  else product_panel<T, 1>(p, tile.vectors, a, b, rows, sums);
}

/// The tensor with its channels padded to full vectors; itself if they are.
template <class T>
const T* full_vectors(const Tensor<T>& t, Workspace<T>& workspace) {
  const int c = t.c, padded = round_up_to_lanes<T>(c);
  if (padded == c) return t.data.data();
  T* copy = workspace.pointer(Scratch::vector_operand, t.pixels() * padded);
  const T* from = t.data.data();
  Kokkos::parallel_for("bornflow::Convolution::full_vectors", HostRange(0, static_cast<int>(t.pixels())),
                       [=](const int p) {
                         const std::size_t at = p;
                         std::copy_n(from + at * c, c, copy + at * padded);
                         std::fill(copy + at * padded + c, copy + (at + 1) * padded, T(0));
                       });
  return copy;
}

}  // namespace

template <class T>
const T* pad_image(const Tensor<T>& x, int channels, Workspace<T>& workspace) {
  const int h = x.h, w = x.w, c = x.c;
  const std::size_t row_size = static_cast<std::size_t>(w + 2) * channels;
  // One spare vector: the last pixel's vectors may reach past its channels.
  T* padded = workspace.pointer(Scratch::padded_input, x.n * (h + 2) * row_size + Simd<T>::lanes);
  const T* from = x.data.data();
  Kokkos::parallel_for("bornflow::Convolution::pad", HostRange(0, x.n * (h + 2)), [=](const int row) {
    T* to = padded + row * row_size;
    const int sample = row / (h + 2), iz = row % (h + 2) - 1;
    if (iz < 0 || iz >= h) {
      std::fill_n(to, row_size, T(0));
      return;
    }
    const T* source = from + static_cast<std::size_t>(sample * h + iz) * w * c;
    std::fill_n(to, channels, T(0));
    if (channels == c) {
      std::copy_n(source, static_cast<std::size_t>(w) * c, to + c);
    } else {
      for (int ix = 0; ix < w; ++ix) {
        std::copy_n(source + ix * c, c, to + (ix + 1) * channels);
        std::fill_n(to + (ix + 1) * channels + c, channels - c, T(0));
      }
    }
    std::fill_n(to + (w + 1) * channels, channels, T(0));
  });
  return padded;
}

template <class T>
void direct_weight_gradient(const ConvolutionShape& shape, const Tensor<T>& x, const Tensor<T>& dy, T* d_weight,
                            Workspace<T>& workspace) {
  constexpr int lanes = Simd<T>::lanes;
  const int h = x.h, w = x.w, k = shape.k, margin = k / 2, c_in = shape.c_in, c_out = shape.c_out;
  // Vectors run over the output channels, unless those are few and the input channels are many.
  const bool vectors_over_input = round_up_to_lanes<T>(c_in) * c_out < round_up_to_lanes<T>(c_out) * c_in;
  const int x_channels = vectors_over_input ? round_up_to_lanes<T>(c_in) : c_in;
  const int dy_channels = vectors_over_input ? c_out : round_up_to_lanes<T>(c_out);

  // What is shifted under the kernel is padded: x, or where dy has fewer channels that, the other way round.
  const T* input = vectors_over_input ? full_vectors(x, workspace)
                                      : k == 3 ? pad_image(x, x_channels, workspace) : x.data.data();
  const T* gradient = !vectors_over_input ? full_vectors(dy, workspace)
                                          : k == 3 ? pad_image(dy, dy_channels, workspace) : dy.data.data();
  const int x_margin = vectors_over_input ? 0 : margin, dy_margin = margin - x_margin;
  const std::ptrdiff_t x_row = static_cast<std::ptrdiff_t>(w + 2 * x_margin) * x_channels;
  const std::ptrdiff_t dy_row = static_cast<std::ptrdiff_t>(w + 2 * dy_margin) * dy_channels;

  // The columns of the kernel are neighbours in it: with the channels they make one operand of k times as many numbers.
  ProductProblem<T> p{};
  p.a_stride = vectors_over_input ? dy_channels : x_channels;
  p.b_stride = vectors_over_input ? x_channels : dy_channels;
  p.a_row = vectors_over_input ? dy_row : x_row;
  p.b_row = vectors_over_input ? x_row : dy_row;
  p.a_channels = k * (vectors_over_input ? c_out : c_in);
  p.vectors = p.b_stride / lanes;
  p.width = w;
  const auto tiles = tiles_of(p.a_channels, p.vectors);
  const std::size_t sums_of_row = static_cast<std::size_t>(p.a_channels) * p.vectors * lanes;
  T* sums = workspace.pointer(Scratch::weight_sums, k * sums_of_row);
  std::fill_n(sums, k * sums_of_row, T(0));

  const std::size_t row_bytes = (x_row + dy_row) * sizeof(T);
  const int block = std::clamp(static_cast<int>(32768 / row_bytes), 1, h), n_tiles = static_cast<int>(tiles.size());
  const ProductTile* tile = tiles.data();
  for (int sample = 0; sample < x.n; ++sample)
    for (int first = 0; first < h; first += block) {
      const int rows = std::min(block, h - first);
      const auto block_of = [&](const T* image, int margin_rows, std::ptrdiff_t row) {
        return image + (static_cast<std::ptrdiff_t>(sample) * (h + 2 * margin_rows) + first) * row;
      };
      const T* x_block = block_of(input, x_margin, x_row);
      const T* dy_block = block_of(gradient, dy_margin, dy_row);
      const T* shifted = vectors_over_input ? dy_block : x_block;
      const T* fixed = vectors_over_input ? x_block : dy_block;
      Kokkos::parallel_for("bornflow::Convolution::weights", HostRange(0, k * n_tiles), [=](const int i) {
        const int shift = i / n_tiles;
        product_tile(p, tile[i % n_tiles], shifted + shift * p.a_row, fixed, rows, sums + shift * sums_of_row);
      });
    }

  for (int row = 0; row < k; ++row)
    for (int column = 0; column < k; ++column) {
      // Shifting dy by a pixel is shifting x back.
      const T* row_sums = sums + (vectors_over_input ? k - 1 - row : row) * sums_of_row;
      const int place = vectors_over_input ? k - 1 - column : column;
      T* to = d_weight + (row * k + column) * c_in * c_out;
      for (int i = 0; i < c_in; ++i)
        for (int o = 0; o < c_out; ++o)
          to[i * c_out + o] += vectors_over_input ? row_sums[(place * c_out + o) * x_channels + i]
                                                  : row_sums[(place * c_in + i) * dy_channels + o];
    }
}

template const float* pad_image(const Tensor<float>&, int, Workspace<float>&);
template const double* pad_image(const Tensor<double>&, int, Workspace<double>&);
template void direct_weight_gradient(const ConvolutionShape&, const Tensor<float>&, const Tensor<float>&, float*,
                                     Workspace<float>&);
template void direct_weight_gradient(const ConvolutionShape&, const Tensor<double>&, const Tensor<double>&, double*,
                                     Workspace<double>&);

}  // namespace bornflow::direct
