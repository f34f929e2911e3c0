#pragma once

#include <memory>
#include <string>

#include "flows/tensor/tensor.hpp"
#include "flows/tensor/workspace.hpp"

namespace bornflow {

/// Size of a convolution with stride 1 and zero padding that keeps the image size. k is 1 or 3.
struct ConvolutionShape {
  int c_in = 1, c_out = 1, k = 3;
  /// Weights are ordered (row of the kernel, column of the kernel, c_in, c_out), c_out contiguous.
  int weight_size() const { return k * k * c_in * c_out; }
  double flops(double pixels) const { return 2.0 * weight_size() * pixels; }
};

/// What is done to each result while it is still in registers: relu(result + bias + add), then 0 where mask <= 0.
template <class T>
struct Epilogue {
  const T* bias = nullptr;     ///< c_out numbers
  const T* add = nullptr;      ///< a tensor of the result's shape, or one sample that is added to every sample
  bool add_one_sample = false;
  bool relu = false;
  const T* mask = nullptr;     ///< a tensor of the result's shape
};

/// Who computes convolutions. `automatic` takes the fastest for each operation and shape, as measured.
///
/// direct: register-blocked kernels on the host; blas: im2col blocks and GEMM; onednn: the vendor library (float only,
/// when compiled in). All give the same numbers to rounding.
enum class ConvolutionBackend { automatic, direct, blas, onednn };

/// The backend named by the environment variable BORNFLOW_CONVOLUTION, else automatic. Throws UserError for a name that
/// does not exist or is not compiled in.
ConvolutionBackend convolution_backend_from_environment();

/// True if this build can run the backend for this number type.
template <class T>
bool convolution_backend_available(ConvolutionBackend backend);

/// One way to compute convolutions; see Convolution for the meaning of the arguments.
template <class T>
class ConvolutionAlgorithm {
public:
  virtual ~ConvolutionAlgorithm() = default;
  virtual void forward(const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& y) = 0;
  virtual void backward_data(const Tensor<T>& dy, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& dx) = 0;
  virtual void backward_weights(const Tensor<T>& x, const Tensor<T>& dy, T* d_weight) = 0;
};

/// A convolution of NHWC tensors in the memory of the kernels, and its two transposes.
///
/// A sample's results do not depend on the other samples of the batch with the direct backend, and every backend is
/// bitwise repeatable. Weights belong to the caller; scratch memory is the shared workspace.
template <class T>
class Convolution {
public:
  Convolution(ConvolutionShape shape, std::shared_ptr<Workspace<T>> workspace,
              ConvolutionBackend backend = convolution_backend_from_environment());

  const ConvolutionShape& shape() const { return shape_; }
  /// y = epilogue(x * weight); y has been allocated by the caller.
  void forward(const Tensor<T>& x, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& y) const;
  /// dx = epilogue(transpose of the convolution, applied to dy).
  void backward_data(const Tensor<T>& dy, const T* weight, const Epilogue<T>& epilogue, Tensor<T>& dx) const;
  /// Adds the gradient of the weights, and of the bias where d_bias is not null.
  void backward_weights(const Tensor<T>& x, const Tensor<T>& dy, T* d_weight, T* d_bias) const;

private:
  ConvolutionShape shape_;
  std::shared_ptr<ConvolutionAlgorithm<T>> forward_, backward_data_, backward_weights_;
};

}  // namespace bornflow
