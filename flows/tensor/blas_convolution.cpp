#include <algorithm>

#include "flows/tensor/convolution_algorithms.hpp"

extern "C" {
void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
            const float*, const int*, const float*, float*, const int*);
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*);
}

namespace bornflow {

namespace {

void gemm(char ta, char tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb, float beta, float* c,
          int ldc) {
  const float one = 1;
  sgemm_(&ta, &tb, &m, &n, &k, &one, a, &lda, b, &ldb, &beta, c, &ldc);
}
void gemm(char ta, char tb, int m, int n, int k, const double* a, int lda, const double* b, int ldb, double beta,
          double* c, int ldc) {
  const double one = 1;
  dgemm_(&ta, &tb, &m, &n, &k, &one, a, &lda, b, &ldb, &beta, c, &ldc);
}

/// The windows of `count` image rows as a matrix (pixels, 9 c), zero outside the image.
template <class T>
void fill_columns(const Tensor<T>& x, int first_row, int count, T* columns) {
  const int h = x.h, w = x.w, c = x.c;
  const T* from = x.data.data();
  Kokkos::parallel_for("bornflow::Convolution::im2col", Kokkos::RangePolicy<ExecutionSpace>(0, count),
                       KOKKOS_LAMBDA(const int i) {
                         const int row = first_row + i, iz = row % h;
                         for (int ix = 0; ix < w; ++ix)
                           for (int tap = 0; tap < 9; ++tap) {
                             const int dz = tap / 3 - 1, dx = tap % 3 - 1;
                             T* to = columns + ((static_cast<std::size_t>(i) * w + ix) * 9 + tap) * c;
                             const bool inside = iz + dz >= 0 && iz + dz < h && ix + dx >= 0 && ix + dx < w;
                             const T* pixel = from + (static_cast<std::ptrdiff_t>(row + dz) * w + ix + dx) * c;
                             for (int j = 0; j < c; ++j) to[j] = inside ? pixel[j] : T(0);
                           }
                       });
}

/// Convolution as matrix products: a block of rows of the image becomes a matrix (pixels, k k c_in) that stays in the
/// second-level cache. BLAS is column-major, so each product below is the transpose of the row-major one.
template <class T>
class BlasConvolution final : public ConvolutionAlgorithm<T> {
public:
  BlasConvolution(ConvolutionShape shape, std::shared_ptr<Workspace<T>> workspace)
      : shape_(shape), workspace_(std::move(workspace)) {}

  void forward(const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& y) override {
    convolve(shape_, x, weight, y);
    apply_epilogue(epilogue, y);
  }

  void backward_data(const Tensor<T>& dy, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& dx) override {
    T* flipped = workspace_->pointer(Scratch::flipped_weights, shape_.weight_size());
    flip_and_transpose_weights(shape_, weight, flipped);
    convolve({shape_.c_out, shape_.c_in, shape_.k}, dy, flipped, dx);
    apply_epilogue(epilogue, dx);
  }

  void backward_weights(const Tensor<T>& x, const Tensor<T>& dy, T* d_weight) override {
    const int depth = shape_.k * shape_.k * shape_.c_in, c_out = shape_.c_out;
    for_each_block(shape_, x, [&](const T* columns, std::size_t first_pixel, int pixels) {
      gemm('N', 'T', c_out, depth, pixels, dy.data.data() + first_pixel * c_out, c_out, columns, depth, T(1), d_weight,
           c_out);
    });
  }

private:
  void convolve(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, Tensor<T>& y) {
    const int depth = shape.k * shape.k * shape.c_in, c_out = shape.c_out;
    for_each_block(shape, x, [&](const T* columns, std::size_t first_pixel, int pixels) {
      gemm('N', 'N', c_out, pixels, depth, weight, c_out, columns, depth, T(0), y.data.data() + first_pixel * c_out,
           c_out);
    });
  }

  /// Calls back with the matrix of windows of each block of image rows.
  template <class Callback>
  void for_each_block(const ConvolutionShape& shape, const Tensor<T>& x, const Callback& callback) {
    const int rows = x.n * x.h, depth = shape.k * shape.k * shape.c_in;
    if (shape.k == 1) return callback(x.data.data(), 0, rows * x.w);
    const std::size_t row_bytes = static_cast<std::size_t>(x.w) * depth * sizeof(T);
    const int block = std::clamp(static_cast<int>(block_bytes / row_bytes), 1, rows);
    T* columns = workspace_->pointer(Scratch::columns, static_cast<std::size_t>(block) * x.w * depth);
    for (int first = 0; first < rows; first += block) {
      const int count = std::min(block, rows - first);
      fill_columns(x, first, count, columns);
      callback(columns, static_cast<std::size_t>(first) * x.w, count * x.w);
    }
  }

  static constexpr std::size_t block_bytes = 256 * 1024;
  ConvolutionShape shape_;
  std::shared_ptr<Workspace<T>> workspace_;
};

}  // namespace

template <class T>
std::shared_ptr<ConvolutionAlgorithm<T>> make_blas_convolution(ConvolutionShape shape,
                                                               std::shared_ptr<Workspace<T>> workspace) {
  return std::make_shared<BlasConvolution<T>>(shape, std::move(workspace));
}

template std::shared_ptr<ConvolutionAlgorithm<float>> make_blas_convolution(ConvolutionShape,
                                                                            std::shared_ptr<Workspace<float>>);
template std::shared_ptr<ConvolutionAlgorithm<double>> make_blas_convolution(ConvolutionShape,
                                                                             std::shared_ptr<Workspace<double>>);

}  // namespace bornflow
