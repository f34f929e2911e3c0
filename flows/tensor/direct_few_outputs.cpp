#include "flows/tensor/direct_few_outputs.hpp"

#include <algorithm>

#include "flows/tensor/direct_pixels.hpp"

namespace bornflow::direct {

namespace {

using HostRange = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;

/// Products of the pixels with some taps of the kernel, of which each has C numbers, in vectors of `ld`.
template <class T>
struct TapProducts {
  const T* data;              ///< of the pixel above the first of the row, were there one
  int ld;
  std::ptrdiff_t row_stride;  ///< between rows of pixels
  int first, rows;            ///< rows of the kernel
};

/// The sum of the products for pixel ix, whose columns of the kernel are begin ... end - 1.
template <class T, int C>
inline void add_taps(const TapProducts<T>& products, int ix, int begin, int end, T (&sum)[C]) {
  for (int kz = products.first; kz < products.first + products.rows; ++kz) {
    const T* from = products.data + kz * products.row_stride + (ix - 1) * static_cast<std::ptrdiff_t>(products.ld) + kz * 3 * C;
#pragma GCC unroll 3
    for (int kx = begin; kx < end; ++kx) {
      const T* tap = from + kx * (products.ld + C);
#pragma omp simd
      for (int c = 0; c < C; ++c) sum[c] += tap[c];
    }
  }
}

template <class T, int C>
inline void finish_sums(const T (&sum)[C], const Epilogue<T>& epilogue, std::size_t at, std::size_t add_at, int c_out, T* y) {
  for (int c = 0; c < c_out; ++c) {
    T value = sum[c];
    if (epilogue.bias) value += epilogue.bias[c];
    if (epilogue.add) value += epilogue.add[add_at + c];
    if (epilogue.relu) value = value > 0 ? value : T(0);
    if (epilogue.mask) value = epilogue.mask[at + c] > 0 ? value : T(0);
    y[at + c] = value;
  }
}

/// One row of results; C is the number of channels reserved for a tap.
template <class T, int C>
void gather_row(const TapProducts<T>& products, int w, int c_out, const Epilogue<T>& epilogue, std::size_t result_row,
                std::size_t add_row, T* y) {
  for (int ix = 0; ix < w; ++ix) {
    T sum[C] = {};
    if (ix > 0 && ix < w - 1)
      add_taps<T, C>(products, ix, 0, 3, sum);
    else
      add_taps<T, C>(products, ix, std::max(0, 1 - ix), std::min(3, w + 1 - ix), sum);
    const std::size_t at = static_cast<std::size_t>(ix) * c_out;
    finish_sums(sum, epilogue, result_row + at, add_row + at, c_out, y);
  }
}

/// What all rows share.
template <class T>
struct FewOutputs {
  const T* x;
  const T* panels;
  int h, w, c_in, c_out, ld;
  T* products;
};

template <class T, int C>
void convolve_by_kernel_rows(const FewOutputs<T>& f, int rows, const Epilogue<T>& epilogue, T* y) {
  Kokkos::parallel_for("bornflow::Convolution::kernel_rows", HostRange(0, rows), [=](const int row) {
    const int iz = row % f.h, first = std::max(0, 1 - iz), runs = std::min(3, f.h + 1 - iz) - first;
    const std::ptrdiff_t image_row = static_cast<std::ptrdiff_t>(f.w) * f.c_in;
    T* sums = f.products + static_cast<std::size_t>(row) * f.w * f.ld;
    const PixelProblem<T> problem{f.x + (row + first - 1) * image_row, f.c_in, image_row, runs, f.c_in,
                                  f.panels, f.ld, f.ld / Simd<T>::lanes};
    // A panel holds all rows of the kernel: those outside the image are skipped by starting later.
    pixel_row(problem, 3 * f.c_in, first * f.c_in, f.w, Epilogue<T>{}, 0, 0, sums);
    const std::size_t row_size = static_cast<std::size_t>(f.w) * f.c_out;
    gather_row<T, C>({sums, f.ld, 0, 0, 1}, f.w, f.c_out, epilogue, row * row_size,
                     (epilogue.add_one_sample ? iz : row) * row_size, y);
  });
}

template <class T, int C>
void convolve_by_taps(const FewOutputs<T>& f, int rows, const Epilogue<T>& epilogue, T* y) {
  const std::ptrdiff_t row_stride = static_cast<std::ptrdiff_t>(f.w) * f.ld;
  Kokkos::parallel_for("bornflow::Convolution::tap_products", HostRange(0, rows), [=](const int row) {
    const PixelProblem<T> problem{f.x + static_cast<std::ptrdiff_t>(row) * f.w * f.c_in, f.c_in, 0, 1, f.c_in,
                                  f.panels, f.ld, f.ld / Simd<T>::lanes};
    pixel_row(problem, f.c_in, 0, f.w, Epilogue<T>{}, 0, 0, f.products + row * row_stride);
  });
  Kokkos::parallel_for("bornflow::Convolution::gather_taps", HostRange(0, rows), [=](const int row) {
    const int iz = row % f.h, first = std::max(0, 1 - iz), count = std::min(3, f.h + 1 - iz) - first;
    const std::size_t row_size = static_cast<std::size_t>(f.w) * f.c_out;
    gather_row<T, C>({f.products + (row - 1) * row_stride, f.ld, row_stride, first, count}, f.w, f.c_out, epilogue,
                     row * row_size, (epilogue.add_one_sample ? iz : row) * row_size, y);
  });
}

}  // namespace

template <class T>
void convolve_few_outputs(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                          Tensor<T>& y, Workspace<T>& workspace) {
  const int c_in = shape.c_in, c_out = shape.c_out, reserved = c_out <= 2 ? 2 : c_out <= 4 ? 4 : 8;
  const bool by_rows = 3 * round_up_to_lanes<T>(3 * reserved) <= round_up_to_lanes<T>(9 * reserved);
  const int taps = by_rows ? 3 : 9, depth = (9 / taps) * c_in, columns = taps * reserved, ld = round_up_to_lanes<T>(columns);
  // (row of the kernel, c_in, column, reserved), or (c_in, tap, reserved)
  T* arranged = workspace.pointer(Scratch::weight_sums, static_cast<std::size_t>(depth) * columns);
  std::fill_n(arranged, static_cast<std::size_t>(depth) * columns, T(0));
  for (int tap = 0; tap < 9; ++tap)
    for (int i = 0; i < c_in; ++i)
      std::copy_n(weight + (tap * c_in + i) * c_out, c_out,
                  arranged + ((tap / taps) * c_in + i) * columns + (tap % taps) * reserved);
  T* panels = workspace.pointer(Scratch::packed_weights, static_cast<std::size_t>(depth) * ld);
  pack_panels(arranged, depth, columns, panels);
  const FewOutputs<T> f{x.data.data(), panels, x.h, x.w, c_in, c_out, ld,
                        workspace.pointer(Scratch::tap_products, x.pixels() * ld)};
  const int rows = x.n * x.h;
  T* out = y.data.data();
  const auto convolve = [&](auto by_kernel_rows, auto by_taps) { by_rows ? by_kernel_rows(f, rows, epilogue, out) : by_taps(f, rows, epilogue, out); };
  if (reserved == 2) convolve(convolve_by_kernel_rows<T, 2>, convolve_by_taps<T, 2>);
  if (reserved == 4) convolve(convolve_by_kernel_rows<T, 4>, convolve_by_taps<T, 4>);
  if (reserved == 8) convolve(convolve_by_kernel_rows<T, 8>, convolve_by_taps<T, 8>);
}

template void convolve_few_outputs(const ConvolutionShape&, const Tensor<float>&, const float*, const Epilogue<float>&,
                                   Tensor<float>&, Workspace<float>&);
template void convolve_few_outputs(const ConvolutionShape&, const Tensor<double>&, const double*,
                                   const Epilogue<double>&, Tensor<double>&, Workspace<double>&);

}  // namespace bornflow::direct
