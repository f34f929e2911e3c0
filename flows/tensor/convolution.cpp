#include "flows/tensor/convolution.hpp"

#include <algorithm>
#include <cstdlib>
#include <type_traits>
#include <vector>

#include "bornflow/base/error.hpp"
#include "flows/tensor/convolution_algorithms.hpp"

namespace bornflow {

namespace {

template <class T>
std::shared_ptr<ConvolutionAlgorithm<T>> make_algorithm(ConvolutionBackend backend, const ConvolutionShape& shape,
                                                        const std::shared_ptr<Workspace<T>>& workspace) {
  switch (backend) {
    case ConvolutionBackend::blas: return make_blas_convolution<T>(shape, workspace);
#ifdef BORNFLOW_HAVE_ONEDNN
    case ConvolutionBackend::onednn:
      if constexpr (std::is_same_v<T, float>) return make_onednn_convolution(shape);
      break;
#endif
    case ConvolutionBackend::direct:
      if constexpr (kernels_run_on_host) return make_direct_convolution<T>(shape, workspace);
      break;
    default: break;
  }
  throw UserError("convolutions in this precision cannot be computed by the backend that was asked for; set "
                  "BORNFLOW_CONVOLUTION to auto, direct or blas");
}

}  // namespace

template <class T>
bool convolution_backend_available(ConvolutionBackend backend) {
  switch (backend) {
    case ConvolutionBackend::automatic:
    case ConvolutionBackend::blas: return true;
    case ConvolutionBackend::direct: return kernels_run_on_host;
    case ConvolutionBackend::onednn: break;
  }
#ifdef BORNFLOW_HAVE_ONEDNN
  return std::is_same_v<T, float>;
#else
  return false;
#endif
}

ConvolutionBackend convolution_backend_from_environment() {
  const char* variable = std::getenv("BORNFLOW_CONVOLUTION");
  const std::string name = variable ? variable : "auto";
  if (name == "auto" || name.empty()) return ConvolutionBackend::automatic;
  if (name == "direct") return ConvolutionBackend::direct;
  if (name == "blas") return ConvolutionBackend::blas;
  if (name == "onednn" && convolution_backend_available<float>(ConvolutionBackend::onednn))
    return ConvolutionBackend::onednn;
  throw UserError("environment variable BORNFLOW_CONVOLUTION is '" + name + "'; this build knows auto, direct, blas" +
                  (convolution_backend_available<float>(ConvolutionBackend::onednn) ? ", onednn" : ""));
}

template <class T>
Convolution<T>::Convolution(ConvolutionShape shape, std::shared_ptr<Workspace<T>> workspace, ConvolutionBackend backend)
    : shape_(shape) {
  if (!kernels_run_on_host)   // nor in managed memory: the host would not wait for the kernels
    throw UserError("convolutions are computed in host memory, which the kernels of this build do not use; build "
                    "bornflow with a host backend of Kokkos (Serial, OpenMP) to train and sample flows");
  BORNFLOW_REQUIRE(shape.k == 1 || shape.k == 3, "a convolution is 1x1 or 3x3");
  BORNFLOW_REQUIRE(shape.c_in > 0 && shape.c_out > 0, "a convolution has at least one channel on both sides");
  if (backend == ConvolutionBackend::onednn && !convolution_backend_available<T>(backend))
    backend = ConvolutionBackend::automatic;  // double precision has no oneDNN
  if (backend == ConvolutionBackend::automatic)
    backend = kernels_run_on_host ? ConvolutionBackend::direct : ConvolutionBackend::blas;
  forward_ = backward_data_ = backward_weights_ = make_algorithm<T>(backend, shape, workspace);
}

template <class T>
void Convolution<T>::forward(const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& y) const {
  BORNFLOW_REQUIRE(x.c == shape_.c_in && y.c == shape_.c_out && x.pixels() == y.pixels(), "shapes do not fit");
  forward_->forward(x, weight, epilogue, y);
}

template <class T>
void Convolution<T>::backward_data(const Tensor<T>& dy, const T* weight, const Epilogue<T>& epilogue,
                                   Tensor<T>& dx) const {
  BORNFLOW_REQUIRE(dx.c == shape_.c_in && dy.c == shape_.c_out && dx.pixels() == dy.pixels(), "shapes do not fit");
  backward_data_->backward_data(dy, weight, epilogue, dx);
}

namespace {

/// Adds the sum of each channel over all pixels: in T over 32 rows of full vectors (several pixels where a pixel has few
/// channels), and in double over those.
template <class T>
void add_channel_sums(const Tensor<T>& t, T* sums) {
  const int c = t.c, row = c >= 16 ? c : 16 / c * c;
  const std::size_t size = t.size(), longest = static_cast<std::size_t>(32) * row;
  std::vector<double> totals(c, 0.0);
  std::vector<T> block(row);
  const T* from = t.data.data();
  for (std::size_t begin = 0; begin < size; begin += longest) {
    std::fill(block.begin(), block.end(), T(0));
    T* __restrict__ to = block.data();
    const std::size_t end = std::min(begin + longest, size);
    std::size_t i = begin;
    for (; i + row <= end; i += row)
#pragma omp simd
      for (int j = 0; j < row; ++j) to[j] += from[i + j];
    for (int j = 0; i + j < end; ++j) to[j] += from[i + j];
    for (int j = 0; j < row; ++j) totals[j % c] += to[j];
  }
  for (int i = 0; i < c; ++i) sums[i] += static_cast<T>(totals[i]);
}

/// A kernel of one point does not see neighbours, so a batch of vectors (images of one point) may stand in rows, over
/// which the kernels sum fastest. The same tensor where that does not apply. Only for sums over the batch: compilers
/// round tiles of one and of several pixels differently, and a sample's own result must not depend on the others.
template <class T>
Tensor<T> in_rows(const Tensor<T>& t, const ConvolutionShape& shape) {
  if (shape.k != 1 || t.h * t.w != 1) return t;
  constexpr int longest_row = 64;  // rows are what host threads share
  int width = std::min(t.n, longest_row);
  while (width > 1 && t.n % width != 0) --width;
  Tensor<T> rows = t;
  rows.n = 1, rows.h = t.n / std::max(1, width), rows.w = width;
  return rows;
}

}  // namespace

template <class T>
void Convolution<T>::backward_weights(const Tensor<T>& x, const Tensor<T>& dy, T* d_weight, T* d_bias) const {
  BORNFLOW_REQUIRE(x.c == shape_.c_in && dy.c == shape_.c_out && x.pixels() == dy.pixels(), "shapes do not fit");
  backward_weights_->backward_weights(in_rows(x, shape_), in_rows(dy, shape_), d_weight);
  if (d_bias) add_channel_sums(dy, d_bias);
}

template <class T>
void apply_epilogue(const Epilogue<T>& epilogue, Tensor<T>& y) {
  if (!epilogue.bias && !epilogue.add && !epilogue.relu && !epilogue.mask) return;
  const int c = y.c;
  const std::size_t image = static_cast<std::size_t>(y.h) * y.w;
  T* out = y.data.data();
  const Epilogue<T> e = epilogue;
  Kokkos::parallel_for(
      "bornflow::Convolution::epilogue", Kokkos::RangePolicy<ExecutionSpace>(0, y.pixels()),
      KOKKOS_LAMBDA(const int p) {
        const std::size_t at = static_cast<std::size_t>(p) * c;
        const std::size_t add_at = e.add_one_sample ? (p % image) * c : at;
        for (int i = 0; i < c; ++i) {
          T value = out[at + i];
          if (e.bias) value += e.bias[i];
          if (e.add) value += e.add[add_at + i];
          if (e.relu) value = value > 0 ? value : T(0);
          if (e.mask) value = e.mask[at + i] > 0 ? value : T(0);
          out[at + i] = value;
        }
      });
}

template <class T>
void flip_and_transpose_weights(const ConvolutionShape& shape, const T* weight, T* flipped) {
  const int taps = shape.k * shape.k;
  for (int tap = 0; tap < taps; ++tap)
    for (int i = 0; i < shape.c_in; ++i)
      for (int o = 0; o < shape.c_out; ++o)
        flipped[((taps - 1 - tap) * shape.c_out + o) * shape.c_in + i] =
            weight[(tap * shape.c_in + i) * shape.c_out + o];
}

template class Convolution<float>;
template class Convolution<double>;
template bool convolution_backend_available<float>(ConvolutionBackend);
template bool convolution_backend_available<double>(ConvolutionBackend);
template void apply_epilogue(const Epilogue<float>&, Tensor<float>&);
template void apply_epilogue(const Epilogue<double>&, Tensor<double>&);
template void flip_and_transpose_weights(const ConvolutionShape&, const float*, float*);
template void flip_and_transpose_weights(const ConvolutionShape&, const double*, double*);

}  // namespace bornflow
