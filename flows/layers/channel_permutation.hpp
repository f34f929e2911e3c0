#pragma once

#include <string>
#include <vector>

#include "flows/layers/layer.hpp"

namespace bornflow {

/// A fixed random order of the channels, z_c = x_order(c), so that couplings in a row split the channels differently
/// (Ardizzone et al. 2019). The order is a function of `number`; no parameters, log_det = 0.
template <class T>
class ChannelPermutation final : public Layer<T> {
public:
  ChannelPermutation(const LayerContext<T>& context, int channels, int number);

  void initialise_weights(RandomStream&) override {}
  void forward(Tensor<T>& x, const Condition<T>&, std::vector<double>&) override { gather(x, order_); }
  void inverse(Tensor<T>& z, const Condition<T>&) override { gather(z, inverse_); }
  void backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>&, double) override {
    gather(z, inverse_);
    gather(dz, inverse_);
  }
  void inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>&) override {
    gather(x, order_);
    gather(dx, order_);
  }

  /// Channel c of every pixel becomes what channel from(c) was.
  void gather(const Tensor<T>& t, const DeviceArray<int>& from);   // public: nvcc takes no kernel from a private function

private:
  LayerContext<T> context_;
  DeviceArray<int> order_, inverse_;
};

}  // namespace bornflow
