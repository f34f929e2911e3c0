#include <algorithm>
#include <vector>

#include "flows/tensor/convolution_algorithms.hpp"
#include "flows/tensor/direct_kernels.hpp"
#include "flows/tensor/direct_weight_gradient.hpp"

namespace bornflow {

namespace {

using HostRange = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;
using namespace direct;

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

template <class T, int P, int V>
inline void pixel_tile(const PixelProblem<T>& problem, const T* panel, int first_pixel, int first_vector,
                       const Epilogue<T>& epilogue, std::size_t result_row, std::size_t add_row, T* y) {
  typename Simd<T>::Vector acc[P][V];
  accumulate_pixels<T, P, V>(problem.x + first_pixel * problem.pixel_stride, problem.pixel_stride, problem.run_stride,
                             problem.runs, problem.length, panel, acc);
  for (int p = 0; p < P; ++p) {
    const std::size_t offset = static_cast<std::size_t>(first_pixel + p) * problem.c_out;
    finish_pixel<T, V>(acc[p], first_vector * Simd<T>::lanes, problem.c_out, epilogue, result_row + offset,
                       add_row + offset, y);
  }
}

template <class T, int V>
void pixel_row_panel(const PixelProblem<T>& problem, const T* panel, int width, int first_vector,
                     const Epilogue<T>& epilogue, std::size_t result_row, std::size_t add_row, T* y) {
  int p = 0;
  for (; p + tile_rows <= width; p += tile_rows)
    pixel_tile<T, tile_rows, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
  for (; p + 2 <= width; p += 2) pixel_tile<T, 2, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
  for (; p < width; ++p) pixel_tile<T, 1, V>(problem, panel, p, first_vector, epilogue, result_row, add_row, y);
}

/// One row of pixels, all output channels.
template <class T>
void pixel_row(const PixelProblem<T>& problem, int width, const Epilogue<T>& epilogue, std::size_t result_row,
               std::size_t add_row, T* y) {
  const std::ptrdiff_t depth = static_cast<std::ptrdiff_t>(problem.runs) * problem.length;
  const T* panel = problem.panels;
  for (int first = 0; first < problem.vectors;) {
    const int count = vectors_of_panel(problem.vectors - first);
    if (count == 3) pixel_row_panel<T, 3>(problem, panel, width, first, epilogue, result_row, add_row, y);
    if (count == 2) pixel_row_panel<T, 2>(problem, panel, width, first, epilogue, result_row, add_row, y);
    if (count == 1) pixel_row_panel<T, 1>(problem, panel, width, first, epilogue, result_row, add_row, y);
    panel += depth * count * Simd<T>::lanes;
    first += count;
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

/// Adds the nine shifted tap products of each pixel; C is the number of channels reserved for a tap.
template <class T, int C>
void gather_taps(const T* products, int ld, int n, int h, int w, int c_out, const Epilogue<T>& epilogue, T* y) {
  Kokkos::parallel_for("bornflow::Convolution::gather_taps", HostRange(0, n * h), [=](const int row) {
    const int iz = row % h;
    const std::size_t sample_row = epilogue.add_one_sample ? iz : row;
    for (int ix = 0; ix < w; ++ix) {
      T sum[C] = {};
      for (int kz = std::max(0, 1 - iz); kz < std::min(3, h + 1 - iz); ++kz)
        for (int kx = std::max(0, 1 - ix); kx < std::min(3, w + 1 - ix); ++kx) {
          const std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(row + kz - 1) * w + ix + kx - 1;
          const T* from = products + pixel * ld + (kz * 3 + kx) * C;
#pragma omp simd
          for (int c = 0; c < C; ++c) sum[c] += from[c];
        }
      const std::size_t at = (static_cast<std::size_t>(row) * w + ix) * c_out;
      const std::size_t add_at = (sample_row * w + ix) * c_out;
      for (int c = 0; c < c_out; ++c) {
        T value = sum[c];
        if (epilogue.bias) value += epilogue.bias[c];
        if (epilogue.add) value += epilogue.add[add_at + c];
        if (epilogue.relu) value = value > 0 ? value : T(0);
        if (epilogue.mask) value = epilogue.mask[at + c] > 0 ? value : T(0);
        y[at + c] = value;
      }
    }
  });
}

template <class T>
class DirectConvolution final : public ConvolutionAlgorithm<T> {
public:
  DirectConvolution(ConvolutionShape shape, std::shared_ptr<Workspace<T>> workspace)
      : shape_(shape), workspace_(std::move(workspace)) {}

  void forward(const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& y) override {
    convolve(shape_, x, weight, epilogue, y);
  }
  void backward_data(const Tensor<T>& dy, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& dx) override {
    T* flipped = workspace_->pointer(Scratch::flipped_weights, shape_.weight_size());
    flip_and_transpose_weights(shape_, weight, flipped);
    convolve({shape_.c_out, shape_.c_in, shape_.k}, dy, flipped, epilogue, dx);
  }
  void backward_weights(const Tensor<T>& x, const Tensor<T>& dy, T* d_weight) override {
    direct_weight_gradient(shape_, x, dy, d_weight, *workspace_);
  }

private:
  void convolve(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                Tensor<T>& y) {
    // Few output channels would leave most lanes of a vector empty: then the nine taps fill the vector instead.
    if (shape.k == 3 && shape.c_out <= Simd<T>::lanes / 2)
      convolve_by_taps(shape, x, weight, epilogue, y);
    else
      convolve_by_windows(shape, x, weight, epilogue, y);
  }

  void convolve_by_windows(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight,
                           const Epilogue<T>& epilogue, Tensor<T>& y) {
    const int h = x.h, w = x.w, k = shape.k, margin = k / 2, c_out = shape.c_out;
    const int depth = k * k * shape.c_in, padded = round_up_to_lanes<T>(c_out);
    T* panels = workspace_->pointer(Scratch::packed_weights, static_cast<std::size_t>(depth) * padded);
    pack_panels(weight, depth, c_out, panels);
    const T* input = k == 1 ? x.data.data() : pad_image(x, shape.c_in, *workspace_);
    const std::ptrdiff_t row_stride = static_cast<std::ptrdiff_t>(w + 2 * margin) * shape.c_in;
    const std::ptrdiff_t sample_stride = row_stride * (h + 2 * margin);
    const ConvolutionShape s = shape;
    T* out = y.data.data();
    Kokkos::parallel_for("bornflow::Convolution::windows", HostRange(0, x.n * h), [=](const int row) {
      const int sample = row / h, iz = row % h;
      const PixelProblem<T> problem{input + sample * sample_stride + iz * row_stride, s.c_in, row_stride, k, k * s.c_in,
                                    panels, c_out, padded / Simd<T>::lanes};
      const std::size_t row_size = static_cast<std::size_t>(w) * c_out;
      pixel_row(problem, w, epilogue, row * row_size, (epilogue.add_one_sample ? iz : row) * row_size, out);
    });
  }

  void convolve_by_taps(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                        Tensor<T>& y) {
    const int reserved = shape.c_out <= 2 ? 2 : shape.c_out <= 4 ? 4 : 8;
    const int columns = 9 * reserved, ld = round_up_to_lanes<T>(columns), c_in = shape.c_in;
    const std::size_t size = static_cast<std::size_t>(c_in) * columns;
    T* taps = workspace_->pointer(Scratch::weight_sums, size);  // (c_in, tap, reserved)
    std::fill_n(taps, size, T(0));
    for (int tap = 0; tap < 9; ++tap)
      for (int i = 0; i < c_in; ++i)
        std::copy_n(weight + (tap * c_in + i) * shape.c_out, shape.c_out, taps + (i * 9 + tap) * reserved);
    T* panels = workspace_->pointer(Scratch::packed_weights, static_cast<std::size_t>(c_in) * ld);
    pack_panels(taps, c_in, columns, panels);
    T* products = workspace_->pointer(Scratch::tap_products, x.pixels() * ld);
    const T* input = x.data.data();
    const int w = x.w;
    Kokkos::parallel_for("bornflow::Convolution::tap_products", HostRange(0, x.n * x.h), [=](const int row) {
      const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(row) * w;
      const PixelProblem<T> problem{input + first * c_in, c_in, 0, 1, c_in, panels, ld, ld / Simd<T>::lanes};
      pixel_row(problem, w, Epilogue<T>{}, static_cast<std::size_t>(first) * ld, 0, products);
    });
    if (reserved == 2) gather_taps<T, 2>(products, ld, x.n, x.h, w, shape.c_out, epilogue, y.data.data());
    if (reserved == 4) gather_taps<T, 4>(products, ld, x.n, x.h, w, shape.c_out, epilogue, y.data.data());
    if (reserved == 8) gather_taps<T, 8>(products, ld, x.n, x.h, w, shape.c_out, epilogue, y.data.data());
  }

  ConvolutionShape shape_;
  std::shared_ptr<Workspace<T>> workspace_;
};

}  // namespace

template <class T>
std::shared_ptr<ConvolutionAlgorithm<T>> make_direct_convolution(ConvolutionShape shape,
                                                                 std::shared_ptr<Workspace<T>> workspace) {
  return std::make_shared<DirectConvolution<T>>(shape, std::move(workspace));
}

template std::shared_ptr<ConvolutionAlgorithm<float>> make_direct_convolution(ConvolutionShape,
                                                                              std::shared_ptr<Workspace<float>>);
template std::shared_ptr<ConvolutionAlgorithm<double>> make_direct_convolution(ConvolutionShape,
                                                                               std::shared_ptr<Workspace<double>>);

}  // namespace bornflow
