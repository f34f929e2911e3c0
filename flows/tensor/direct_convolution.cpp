#include <algorithm>

#include "flows/tensor/convolution_algorithms.hpp"
#include "flows/tensor/direct_few_outputs.hpp"
#include "flows/tensor/direct_pixels.hpp"
#include "flows/tensor/direct_weight_gradient.hpp"
#include "flows/tensor/winograd.hpp"

namespace bornflow {

namespace {

using HostRange = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;
using namespace direct;

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
    if (winograd_gradient_pays<T>(shape_, x.h, x.w))
      winograd_weight_gradient(shape_, x, dy, d_weight, *workspace_);
    else
      direct_weight_gradient(shape_, x, dy, d_weight, *workspace_);
  }

private:
  void convolve(const ConvolutionShape& shape, const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue,
                Tensor<T>& y) {
    if (has_few_outputs<T>(shape))
      convolve_few_outputs(shape, x, weight, epilogue, y, *workspace_);
    else if (winograd_pays<T>(shape, x.h, x.w))
      convolve_winograd(shape, x, weight, epilogue, y, *workspace_);
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
      pixel_row(problem, depth, 0, w, epilogue, row * row_size, (epilogue.add_one_sample ? iz : row) * row_size, out);
    });
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
