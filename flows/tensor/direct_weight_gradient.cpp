#include "flows/tensor/direct_weight_gradient.hpp"

#include <algorithm>

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
void product_tile(const ProductProblem<T>& p, const T* a, const T* b, int rows, T* sums) {
  const int stride = p.vectors * Simd<T>::lanes;
  for (int first = 0; first < p.vectors;) {
    const int count = vectors_of_panel(p.vectors - first);
    const T* bv = b + first * Simd<T>::lanes;
    T* to = sums + first * Simd<T>::lanes;
    const auto accumulate = count == 3   ? accumulate_products<T, M, 3>
                            : count == 2 ? accumulate_products<T, M, 2>
                                         : accumulate_products<T, M, 1>;
    accumulate(a, p.a_stride, p.a_row, bv, p.b_stride, p.b_row, rows, p.width, to, stride);
    first += count;
  }
}

/// One block of rows that stays in the first-level cache, for one shift.
template <class T>
void products_of_rows(const ProductProblem<T>& p, const T* a, const T* b, int rows, T* sums) {
  const int stride = p.vectors * Simd<T>::lanes;
  int m = 0;
  for (; m + tile_rows <= p.a_channels; m += tile_rows)
    product_tile<T, tile_rows>(p, a + m, b, rows, sums + m * stride);
  for (; m + 4 <= p.a_channels; m += 4) product_tile<T, 4>(p, a + m, b, rows, sums + m * stride);
  for (; m + 2 <= p.a_channels; m += 2) product_tile<T, 2>(p, a + m, b, rows, sums + m * stride);
  for (; m < p.a_channels; ++m) product_tile<T, 1>(p, a + m, b, rows, sums + m * stride);
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
  const int vector_channels = vectors_over_input ? x_channels : round_up_to_lanes<T>(c_out);
  const int other_channels = vectors_over_input ? c_out : c_in;

  const T* input = k == 3 ? pad_image(x, x_channels, workspace)
                          : (vectors_over_input ? full_vectors(x, workspace) : x.data.data());
  const T* gradient = vectors_over_input ? dy.data.data() : full_vectors(dy, workspace);
  const int dy_channels = vectors_over_input ? c_out : vector_channels;
  const std::ptrdiff_t x_row = static_cast<std::ptrdiff_t>(w + 2 * margin) * x_channels;
  const std::ptrdiff_t dy_row = static_cast<std::ptrdiff_t>(w) * dy_channels;

  const std::size_t sums_of_shift = static_cast<std::size_t>(other_channels) * vector_channels;
  T* sums = workspace.pointer(Scratch::weight_sums, k * k * sums_of_shift);
  std::fill_n(sums, k * k * sums_of_shift, T(0));

  const std::size_t row_bytes = (x_row + dy_row) * sizeof(T);
  const int block = std::clamp(static_cast<int>(32768 / row_bytes), 1, h);
  for (int sample = 0; sample < x.n; ++sample)
    for (int first = 0; first < h; first += block) {
      const int rows = std::min(block, h - first);
      const T* x_block = input + (static_cast<std::ptrdiff_t>(sample) * (h + 2 * margin) + first) * x_row;
      const T* dy_block = gradient + (static_cast<std::ptrdiff_t>(sample) * h + first) * dy_row;
      Kokkos::parallel_for("bornflow::Convolution::weights", HostRange(0, k * k), [=](const int shift) {
        const T* x_shifted = x_block + shift / k * x_row + shift % k * x_channels;
        ProductProblem<T> p{};
        p.a_stride = vectors_over_input ? dy_channels : x_channels;
        p.b_stride = vectors_over_input ? x_channels : dy_channels;
        p.a_row = vectors_over_input ? dy_row : x_row;
        p.b_row = vectors_over_input ? x_row : dy_row;
        p.a_channels = other_channels, p.vectors = vector_channels / lanes, p.width = w;
        products_of_rows(p, vectors_over_input ? dy_block : x_shifted, vectors_over_input ? x_shifted : dy_block, rows,
                         sums + shift * sums_of_shift);
      });
    }

  for (int shift = 0; shift < k * k; ++shift)
    for (int i = 0; i < c_in; ++i)
      for (int o = 0; o < c_out; ++o) {
        const std::size_t at = vectors_over_input ? static_cast<std::size_t>(o) * vector_channels + i
                                                  : static_cast<std::size_t>(i) * vector_channels + o;
        d_weight[(shift * c_in + i) * c_out + o] += sums[shift * sums_of_shift + at];
      }
}

template const float* pad_image(const Tensor<float>&, int, Workspace<float>&);
template const double* pad_image(const Tensor<double>&, int, Workspace<double>&);
template void direct_weight_gradient(const ConvolutionShape&, const Tensor<float>&, const Tensor<float>&, float*,
                                     Workspace<float>&);
template void direct_weight_gradient(const ConvolutionShape&, const Tensor<double>&, const Tensor<double>&, double*,
                                     Workspace<double>&);

}  // namespace bornflow::direct
