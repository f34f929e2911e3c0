#include "flows/layers/hint_coupling.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

template <class T>
HintCoupling<T>::HintCoupling(const LayerContext<T>& context, const std::string& name, int channels,
                              const CouplingOptions& options, int condition_channels) {
  BORNFLOW_REQUIRE(channels >= 2, "a coupling needs at least two channels");
  add_recursion(context, name, {0, channels}, options, condition_channels);
}

template <class T>
void HintCoupling<T>::add_recursion(const LayerContext<T>& context, const std::string& name, ChannelRange range,
                                    const CouplingOptions& options, int condition_channels) {
  const ChannelRange a{range.first, range.count / 2}, b{range.first + a.count, range.count - a.count};
  const bool recurse = range.count > last_channels;
  if (recurse) add_recursion(context, name + ".b", b, options, condition_channels);
  couplings_.push_back(
      std::make_unique<AffineCoupling<T>>(context, name + ".coupling", a, b, condition_channels, options));
  if (recurse) add_recursion(context, name + ".a", a, options, condition_channels);
}

template <class T>
void HintCoupling<T>::initialise_weights(RandomStream& stream) {
  for (auto& coupling : couplings_) coupling->initialise_weights(stream);
}

template <class T>
void HintCoupling<T>::forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) {
  for (auto& coupling : couplings_) coupling->forward(x, condition, log_det);
}

template <class T>
void HintCoupling<T>::inverse(Tensor<T>& z, const Condition<T>& condition) {
  for (auto it = couplings_.rbegin(); it != couplings_.rend(); ++it) (*it)->inverse(z, condition);
}

template <class T>
void HintCoupling<T>::backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) {
  for (auto it = couplings_.rbegin(); it != couplings_.rend(); ++it) (*it)->backward(z, dz, condition, log_det_weight);
}

template <class T>
void HintCoupling<T>::inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) {
  for (auto& coupling : couplings_) coupling->inverse_transpose(x, dx, condition);
}

template <class T>
double HintCoupling<T>::forward_flops(int h, int w) const {
  double flops = 0;
  for (const auto& coupling : couplings_) flops += coupling->forward_flops(h, w);
  return flops;
}

template class HintCoupling<float>;
template class HintCoupling<double>;

}  // namespace bornflow
