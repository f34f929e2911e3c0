#include "flows/tensor/winograd.hpp"

#include <algorithm>
#include <type_traits>

#include "flows/tensor/direct_pixels.hpp"
#include "flows/tensor/direct_weight_gradient.hpp"
#include "flows/tensor/winograd_transforms.hpp"

namespace bornflow::direct {

namespace {

using HostRange = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;

constexpr int panel_vectors = 2;  // of output channels that are computed at once

template <class T>
constexpr int panel_channels() {
  return panel_vectors * Simd<T>::lanes;
}

/// A padded batch of images as tiles of 2 x 2 results, numbered row by row in each sample.
template <class T>
struct TiledImages {
  const T* padded;
  int h, w, channels;  ///< of the image without margin; channels are full vectors

  int tiles_of_sample() const { return (h / 2) * (w / 2); }
  int row_of(int tile) const { return tile % tiles_of_sample() / (w / 2) * 2; }
  int column_of(int tile) const { return tile % (w / 2) * 2; }
  /// The pixel of a tensor without margin that is the tile's top left result.
  std::size_t pixel_of(int tile) const {
    return (static_cast<std::size_t>(tile / tiles_of_sample()) * h + row_of(tile)) * w + column_of(tile);
  }
  /// B^T x B of all channels, frequency f at out + f * stride.
  void transform(int tile, T* out, std::ptrdiff_t stride) const {
    using S = Simd<T>;
    const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(w + 2) * channels;
    const T* corner = padded + (static_cast<std::ptrdiff_t>(tile / tiles_of_sample()) * (h + 2) + row_of(tile)) * row +
                      column_of(tile) * channels;
    for (int c = 0; c < channels; c += S::lanes) {
      typename S::Vector x[4][4], v[4][4];
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) x[i][j] = S::load(corner + i * row + j * channels + c);
      transform_input(x, v);
      for (int f = 0; f < frequencies; ++f) S::store(out + f * stride + c, v[f / 4][f % 4]);
    }
  }
};

/// G w G^T in the order (panel, frequency, c_in, channel of the panel).
template <class T>
void transform_weights(const ConvolutionShape& shape, const T* weight, T* panels) {
  using S = Simd<T>;
  const int c_in = shape.c_in, c_out = shape.c_out;
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(c_in) * panel_channels<T>();
  Kokkos::parallel_for("bornflow::Convolution::winograd_weights", HostRange(0, c_in), [=](const int i) {
    for (int o = 0; o < c_out; o += S::lanes) {
      typename S::Vector w[3][3], u[4][4];
      for (int tap = 0; tap < 9; ++tap) w[tap / 3][tap % 3] = S::load(weight + (tap * c_in + i) * c_out + o);
      transform_weight(w, u);
      T* to = panels + o / panel_channels<T>() * frequencies * stride + i * panel_channels<T>() + o % panel_channels<T>();
      for (int f = 0; f < frequencies; ++f) S::store(to + f * stride, u[f / 4][f % 4]);
    }
  });
}

/// The results of `tile_rows` tiles in one panel of channels, from their products.
template <class T>
void finish_tiles(const TiledImages<T>& images, int first_tile, int first_channel, int c_out, const T* products,
                  const Epilogue<T>& epilogue, T* y) {
  using S = Simd<T>;
  const std::size_t image = static_cast<std::size_t>(images.h) * images.w;
  for (int t = 0; t < tile_rows; ++t) {
    typename S::Vector rows[2][2][panel_vectors];  // row, column, vector
    for (int v = 0; v < panel_vectors; ++v) {
      typename S::Vector m[4][4], out[2][2];
      for (int f = 0; f < frequencies; ++f)
        m[f / 4][f % 4] = S::load(products + (f * tile_rows + t) * panel_channels<T>() + v * S::lanes);
      transform_output(m, out);
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) rows[i][j][v] = out[i][j];
    }
    for (int i = 0; i < 2; ++i) {
      const std::size_t pixel = images.pixel_of(first_tile + t) + i * images.w;
      const std::size_t add_pixel = epilogue.add_one_sample ? pixel % image : pixel;
      finish_full_tile<T, 2, panel_vectors>(rows[i], first_channel, c_out, epilogue, pixel * c_out, add_pixel * c_out, y);
    }
  }
}

/// Transformed gradients A dy A^T of one panel of channels: (frequency, tile of the block, channel).
template <class T>
void transform_gradients(const TiledImages<T>& images, int first_tile, int count, const T* dy, int c_out, T* out) {
  using S = Simd<T>;
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(count) * panel_channels<T>();
  Kokkos::parallel_for("bornflow::Convolution::winograd_gradients", HostRange(0, count), [=](const int t) {
    const T* corner = dy + images.pixel_of(first_tile + t) * c_out;
    for (int c = 0; c < panel_channels<T>(); c += S::lanes) {
      typename S::Vector d[2][2], g[4][4];
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) d[i][j] = S::load(corner + (static_cast<std::ptrdiff_t>(i) * images.w + j) * c_out + c);
      transpose_output(d, g);
      for (int f = 0; f < frequencies; ++f) S::store(out + f * stride + t * panel_channels<T>() + c, g[f / 4][f % 4]);
    }
  });
}

/// sums(c_in, channel of the panel) += sum over tiles of inputs(tile, c_in) * gradients(tile, channel).
template <class T>
void add_products(const T* inputs, int input_stride, int c_in, const T* gradients, int tiles, T* sums) {
  constexpr int width = panel_channels<T>();
  const auto part = [&](auto rows, int i) {
    accumulate_products<T, decltype(rows)::value, panel_vectors>(inputs + i, input_stride, 0, gradients, width, 0, 1, tiles,
                                                                 sums + i * width, width);
  };
  int i = 0;
  for (; i + tile_rows <= c_in; i += tile_rows) part(std::integral_constant<int, tile_rows>(), i);
  for (; i + 4 <= c_in; i += 4) part(std::integral_constant<int, 4>(), i);
  for (; i < c_in; ++i) part(std::integral_constant<int, 1>(), i);
}

/// Adds G^T m G for the sums m of all panels.
template <class T>
void add_gradients(const ConvolutionShape& shape, const T* sums, T* d_weight) {
  using S = Simd<T>;
  const int c_in = shape.c_in, c_out = shape.c_out;
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(c_in) * panel_channels<T>();
  Kokkos::parallel_for("bornflow::Convolution::winograd_add", HostRange(0, c_in), [=](const int i) {
    for (int o = 0; o < c_out; o += S::lanes) {
      const T* from = sums + o / panel_channels<T>() * frequencies * stride + i * panel_channels<T>() + o % panel_channels<T>();
      typename S::Vector m[4][4], g[3][3];
      for (int f = 0; f < frequencies; ++f) m[f / 4][f % 4] = S::load(from + f * stride);
      transpose_weight(m, g);
      for (int tap = 0; tap < 9; ++tap) {
        T* to = d_weight + (tap * c_in + i) * c_out + o;
        S::store(to, S::load(to) + g[tap / 3][tap % 3]);
      }
    }
  });
}

template <class T>
std::size_t transformed_weight_size(const ConvolutionShape& shape) {
  return static_cast<std::size_t>(frequencies) * shape.c_in * shape.c_out;
}

}  // namespace

template <class T>
void convolve_winograd(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                       Tensor<T>& y, Workspace<T>& workspace) {
  constexpr int longest = 128;  // input channels, as winograd_pays() says
  const int c_in = shape.c_in, c_out = shape.c_out, channels = round_up_to_lanes<T>(c_in);
  T* panels = workspace.pointer(Scratch::packed_weights, transformed_weight_size<T>(shape));
  transform_weights(shape, weight, panels);
  const TiledImages<T> images{pad_image(x, channels, workspace), x.h, x.w, channels};
  const int blocks = x.n * images.tiles_of_sample() / tile_rows;
  T* out = y.data.data();
  Kokkos::parallel_for("bornflow::Convolution::winograd", HostRange(0, blocks), [=](const int block) {
    // (frequency, tile, channel): what a thread works on stays in its first-level cache.
    alignas(vector_bytes) T inputs[frequencies * tile_rows * longest];
    alignas(vector_bytes) T products[frequencies * tile_rows * panel_channels<T>()];
    const int first_tile = block * tile_rows;
    for (int t = 0; t < tile_rows; ++t) images.transform(first_tile + t, inputs + t * channels, tile_rows * channels);
    const T* panel = panels;
    for (int o = 0; o < c_out; o += panel_channels<T>()) {
      for (int f = 0; f < frequencies; ++f, panel += static_cast<std::ptrdiff_t>(c_in) * panel_channels<T>()) {
        typename Simd<T>::Vector acc[tile_rows][panel_vectors];
        accumulate_pixels<T, tile_rows, panel_vectors>(inputs + f * tile_rows * channels, channels, 0, 1, c_in, panel, acc);
        T* to = products + f * tile_rows * panel_channels<T>();
        for (int t = 0; t < tile_rows; ++t)
          for (int v = 0; v < panel_vectors; ++v)
            Simd<T>::store(to + t * panel_channels<T>() + v * Simd<T>::lanes, acc[t][v]);
      }
      finish_tiles(images, first_tile, o, c_out, products, epilogue, out);
    }
  });
}

template <class T>
void winograd_weight_gradient(const ConvolutionShape& shape, const Tensor<T>& x, const Tensor<T>& dy, T* d_weight,
                              Workspace<T>& workspace) {
  constexpr int longest_block = 64;  // tiles: with the sums they stay in the second-level cache
  const int c_in = shape.c_in, c_out = shape.c_out, channels = round_up_to_lanes<T>(c_in);
  const TiledImages<T> images{pad_image(x, channels, workspace), x.h, x.w, channels};
  const int tiles = x.n * images.tiles_of_sample(), block = std::min(tiles, longest_block);
  T* inputs = workspace.pointer(Scratch::tap_products, static_cast<std::size_t>(frequencies) * block * channels);
  T* gradients = workspace.pointer(Scratch::vector_operand, static_cast<std::size_t>(frequencies) * block * panel_channels<T>());
  T* sums = workspace.pointer(Scratch::weight_sums, transformed_weight_size<T>(shape));
  std::fill_n(sums, transformed_weight_size<T>(shape), T(0));
  for (int first = 0; first < tiles; first += block) {
    const int count = std::min(block, tiles - first);
    Kokkos::parallel_for("bornflow::Convolution::winograd_inputs", HostRange(0, count), [=](const int t) {
      images.transform(first + t, inputs + t * channels, static_cast<std::ptrdiff_t>(count) * channels);
    });
    for (int o = 0; o < c_out; o += panel_channels<T>()) {
      transform_gradients(images, first, count, dy.data.data() + o, c_out, gradients);
      Kokkos::parallel_for("bornflow::Convolution::winograd_products", HostRange(0, frequencies), [=](const int f) {
        add_products(inputs + static_cast<std::ptrdiff_t>(f) * count * channels, channels, c_in,
                     gradients + static_cast<std::ptrdiff_t>(f) * count * panel_channels<T>(), count,
                     sums + (static_cast<std::ptrdiff_t>(o) * frequencies + f * panel_channels<T>()) * c_in);
      });
    }
  }
  add_gradients(shape, sums, d_weight);
}

#define BORNFLOW_INSTANTIATE(T)                                                                                         \
  template void convolve_winograd(const ConvolutionShape&, const Tensor<T>&, const T*, const Epilogue<T>&, Tensor<T>&,  \
                                  Workspace<T>&);                                                                       \
  template void winograd_weight_gradient(const ConvolutionShape&, const Tensor<T>&, const Tensor<T>&, T*, Workspace<T>&);
BORNFLOW_INSTANTIATE(float)
BORNFLOW_INSTANTIATE(double)
#undef BORNFLOW_INSTANTIATE

}  // namespace bornflow::direct
