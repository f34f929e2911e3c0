#include "flows/layers/double_coupling.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

ChannelRange half(int channels, int which) {
  BORNFLOW_REQUIRE(channels >= 2, "a coupling needs at least two channels");
  const int first = channels / 2;
  return which == 0 ? ChannelRange{0, first} : ChannelRange{first, channels - first};
}

}  // namespace

template <class T>
DoubleCoupling<T>::DoubleCoupling(const LayerContext<T>& context, const std::string& name, int channels,
                                  const CouplingOptions& options, int condition_channels)
    : first_(context, name + ".first", half(channels, 1), half(channels, 0), condition_channels, options),
      second_(context, name + ".second", half(channels, 0), half(channels, 1), condition_channels, options) {}

template <class T>
void DoubleCoupling<T>::initialise_weights(RandomStream& stream) {
  first_.initialise_weights(stream);
  second_.initialise_weights(stream);
}

template <class T>
void DoubleCoupling<T>::forward(Tensor<T>& x, const Condition<T>& condition, std::vector<double>& log_det) {
  first_.forward(x, condition, log_det);
  second_.forward(x, condition, log_det);
}

template <class T>
void DoubleCoupling<T>::inverse(Tensor<T>& z, const Condition<T>& condition) {
  second_.inverse(z, condition);
  first_.inverse(z, condition);
}

template <class T>
void DoubleCoupling<T>::backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>& condition, double log_det_weight) {
  second_.backward(z, dz, condition, log_det_weight);
  first_.backward(z, dz, condition, log_det_weight);
}

template <class T>
void DoubleCoupling<T>::inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>& condition) {
  first_.inverse_transpose(x, dx, condition);
  second_.inverse_transpose(x, dx, condition);
}

template class DoubleCoupling<float>;
template class DoubleCoupling<double>;

}  // namespace bornflow
