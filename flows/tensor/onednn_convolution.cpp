#ifdef BORNFLOW_HAVE_ONEDNN

#include <array>
#include <dnnl.hpp>
#include <map>
#include <unordered_map>

#include "flows/tensor/convolution_algorithms.hpp"

namespace bornflow {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto f32 = memory::data_type::f32;

/// A compiled primitive with the layouts it chose for the weights.
struct Compiled {
  dnnl::primitive primitive, reorder;
  memory::desc weights;
};

/// Convolutions by oneDNN 2: activations stay channels-last, the weights take the layout the library wants (they are
/// small: the reorder at each call is not measurable). Primitives are compiled once for each image size.
class OneDnnConvolution final : public ConvolutionAlgorithm<float> {
public:
  explicit OneDnnConvolution(ConvolutionShape shape)
      : shape_(shape), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_),
        plain_weights_({shape.c_out, shape.c_in, shape.k, shape.k}, f32, Tag::hwio),
        any_weights_({shape.c_out, shape.c_in, shape.k, shape.k}, f32, Tag::any), bias_({shape.c_out}, f32, Tag::x) {}

  void forward(const Tensor<float>& x, const float* weight, const Epilogue<float>& epilogue,
               Tensor<float>& y) override {
    const bool fused_relu = epilogue.relu && !epilogue.add;
    const int variant = (epilogue.bias ? 1 : 0) + (fused_relu ? 2 : 0);
    const auto& compiled = find(forward_, x, variant, [&] { return compile_forward(x, epilogue.bias, fused_relu); });
    std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, wrap(x)}, {DNNL_ARG_DST, wrap(y)}};
    if (epilogue.bias) arguments.emplace(DNNL_ARG_BIAS, wrap(bias_, epilogue.bias));
    run(compiled, weight, arguments);
    Epilogue<float> rest = epilogue;
    rest.bias = nullptr;
    if (fused_relu) rest.relu = false;
    apply_epilogue(rest, y);
  }

  void backward_data(const Tensor<float>& dy, const float* weight, const Epilogue<float>& epilogue,
                     Tensor<float>& dx) override {
    const auto& compiled = find(backward_data_, dy, 0, [&] { return compile_backward_data(dy); });
    run(compiled, weight, {{DNNL_ARG_DIFF_DST, wrap(dy)}, {DNNL_ARG_DIFF_SRC, wrap(dx)}});
    apply_epilogue(epilogue, dx);
  }

  void backward_weights(const Tensor<float>& x, const Tensor<float>& dy, float* d_weight) override {
    const auto& compiled = find(backward_weights_, x, 0, [&] { return compile_backward_weights(x); });
    memory reordered(compiled.weights, engine_), plain(plain_weights_, engine_);
    compiled.primitive.execute(
        stream_, {{DNNL_ARG_SRC, wrap(x)}, {DNNL_ARG_DIFF_DST, wrap(dy)}, {DNNL_ARG_DIFF_WEIGHTS, reordered}});
    compiled.reorder.execute(stream_, {{DNNL_ARG_FROM, reordered}, {DNNL_ARG_TO, plain}});
    stream_.wait();
    const float* sums = static_cast<const float*>(plain.get_data_handle());
    for (int i = 0; i < shape_.weight_size(); ++i) d_weight[i] += sums[i];
  }

private:
  using Cache = std::map<std::array<int, 4>, Compiled>;

  template <class Compile>
  static const Compiled& find(Cache& cache, const Tensor<float>& t, int variant, const Compile& compile) {
    const std::array<int, 4> key{t.n, t.h, t.w, variant};
    auto found = cache.find(key);
    if (found == cache.end()) found = cache.emplace(key, compile()).first;
    return found->second;
  }

  static memory::desc image(const Tensor<float>& t, int c) { return {{t.n, c, t.h, t.w}, f32, Tag::nhwc}; }
  memory wrap(const memory::desc& desc, const float* data) const {
    return memory(desc, engine_, const_cast<float*>(data));  // oneDNN's handles are not const
  }
  memory wrap(const Tensor<float>& t) const { return wrap(image(t, t.c), t.data.data()); }
  memory::dims padding() const { return {shape_.k / 2, shape_.k / 2}; }

  dnnl::convolution_forward::primitive_desc forward_description(const Tensor<float>& t, bool bias, bool relu) const {
    const auto kind = dnnl::prop_kind::forward_training;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const auto src = image(t, shape_.c_in), dst = image(t, shape_.c_out);
    const memory::dims strides{1, 1};
    dnnl::primitive_attr attributes;
    if (relu) {
      dnnl::post_ops operations;
      operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
      attributes.set_post_ops(operations);
    }
    const auto operation =
        bias ? dnnl::convolution_forward::desc(kind, algorithm, src, any_weights_, bias_, dst, strides, padding(),
                                               padding())
             : dnnl::convolution_forward::desc(kind, algorithm, src, any_weights_, dst, strides, padding(), padding());
    return {operation, attributes, engine_};
  }

  dnnl::reorder reorder(const memory::desc& from, const memory::desc& to) const {
    return dnnl::reorder(dnnl::reorder::primitive_desc(engine_, from, engine_, to));
  }

  Compiled compile_forward(const Tensor<float>& x, bool bias, bool relu) const {
    const auto description = forward_description(x, bias, relu);
    return {dnnl::convolution_forward(description), reorder(plain_weights_, description.weights_desc()),
            description.weights_desc()};
  }

  Compiled compile_backward_data(const Tensor<float>& dy) const {
    const dnnl::convolution_backward_data::desc operation(dnnl::algorithm::convolution_direct, image(dy, shape_.c_in),
                                                          any_weights_, image(dy, shape_.c_out), {1, 1}, padding(),
                                                          padding());
    const dnnl::convolution_backward_data::primitive_desc description(operation, engine_,
                                                                      forward_description(dy, false, false));
    return {dnnl::convolution_backward_data(description), reorder(plain_weights_, description.weights_desc()),
            description.weights_desc()};
  }

  Compiled compile_backward_weights(const Tensor<float>& x) const {
    const dnnl::convolution_backward_weights::desc operation(dnnl::algorithm::convolution_direct, image(x, shape_.c_in),
                                                             any_weights_, image(x, shape_.c_out), {1, 1}, padding(),
                                                             padding());
    const dnnl::convolution_backward_weights::primitive_desc description(operation, engine_,
                                                                         forward_description(x, false, false));
    return {dnnl::convolution_backward_weights(description), reorder(description.diff_weights_desc(), plain_weights_),
            description.diff_weights_desc()};
  }

  void run(const Compiled& compiled, const float* weight, std::unordered_map<int, memory> arguments) {
    memory reordered(compiled.weights, engine_);
    compiled.reorder.execute(stream_, {{DNNL_ARG_FROM, wrap(plain_weights_, weight)}, {DNNL_ARG_TO, reordered}});
    arguments.emplace(DNNL_ARG_WEIGHTS, reordered);
    compiled.primitive.execute(stream_, arguments);
    stream_.wait();
  }

  ConvolutionShape shape_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  memory::desc plain_weights_, any_weights_, bias_;
  Cache forward_, backward_data_, backward_weights_;
};

}  // namespace

std::shared_ptr<ConvolutionAlgorithm<float>> make_onednn_convolution(ConvolutionShape shape) {
  return std::make_shared<OneDnnConvolution>(shape);
}

}  // namespace bornflow

#endif
