#include "flows/network/conditional_autoencoder.hpp"

#include <utility>

#include "bornflow/base/error.hpp"
#include "flows/layers/elementary_functions.hpp"

namespace bornflow {

namespace {

using Range = Kokkos::RangePolicy<ExecutionSpace>;

// z = mu + sqrt(v) noise, and the KL divergence of each sample. `code` holds mu, then log v.
template <class T>
void draw_latents(const Tensor<T>& code, const Tensor<T>& noise, const Tensor<T>& z, const DeviceArray<double>& divergence) {
  const int size = z.c;
  const T *c = code.data.data(), *e = noise.data.data();
  T* out = z.data.data();
  double* kl = divergence.data();
  Kokkos::parallel_for("bornflow::ConditionalAutoencoder::draw_latents", Range(0, z.n), KOKKOS_LAMBDA(const int i) {
    double sum = 0;
    for (int j = 0; j < size; ++j) {
      const T mean = c[i * 2 * size + j], log_variance = c[i * 2 * size + size + j];
      const T deviation = exponential(T(0.5) * log_variance);
      out[i * size + j] = mean + deviation * e[i * size + j];
      sum += 0.5 * (static_cast<double>(mean) * mean + static_cast<double>(deviation) * deviation - 1 - log_variance);
    }
    kl[i] = sum;
  });
}

// Gradient of weight (|x - x'|^2) with respect to x', in the memory of x'; adds |x - x'|^2 to `losses`.
template <class T>
void difference_gradient(const Tensor<T>& x, const Tensor<T>& found, T weight, const DeviceArray<double>& losses) {
  const int size = x.c;
  const T* truth = x.data.data();
  T* gradient = found.data.data();
  double* sums = losses.data();
  Kokkos::parallel_for("bornflow::ConditionalAutoencoder::difference", Range(0, x.n), KOKKOS_LAMBDA(const int i) {
    double sum = 0;
    for (int j = 0; j < size; ++j) {
      const T error = gradient[i * size + j] - truth[i * size + j];
      sum += static_cast<double>(error) * error;
      gradient[i * size + j] = 2 * weight * error;
    }
    sums[i] += sum;
  });
}

// From dL/dz to dL/d(mu, log v) with that of weight KL, in the memory of `code`.
template <class T>
void code_gradient(const Tensor<T>& code, const Tensor<T>& noise, const Tensor<T>& dz, T weight) {
  const int size = dz.c;
  T* c = code.data.data();
  const T *e = noise.data.data(), *g = dz.data.data();
  Kokkos::parallel_for("bornflow::ConditionalAutoencoder::code_gradient", Range(0, dz.n), KOKKOS_LAMBDA(const int i) {
    for (int j = 0; j < size; ++j) {
      T &mean = c[i * 2 * size + j], &log_variance = c[i * 2 * size + size + j];
      const T deviation = exponential(T(0.5) * log_variance), d = g[i * size + j];
      mean = d + weight * mean;
      log_variance = T(0.5) * (d * deviation * e[i * size + j] + weight * (deviation * deviation - 1));
    }
  });
}

}  // namespace

template <class T>
ConditionalAutoencoder<T>::ConditionalAutoencoder(const Architecture& a, std::uint64_t seed) : architecture_(a) {
  BORNFLOW_REQUIRE(a.size > 0 && a.condition_size > 0 && a.latent_size > 0 && a.hidden > 0, "sizes must be positive");
  encoder_ = std::make_unique<ResidualBlock<T>>(
      LayerContext<T>{&parameters_, std::make_shared<Workspace<T>>()}, "encoder",
      ResidualBlockShape{a.size, a.condition_size, a.hidden, 2 * a.latent_size, 1, false, 1});
  decoder_ = std::make_unique<ResidualBlock<T>>(
      LayerContext<T>{&parameters_, std::make_shared<Workspace<T>>()}, "decoder",
      ResidualBlockShape{a.latent_size, a.condition_size, a.hidden, a.size, 1, false, 1});
  parameters_.allocate();
  RandomStream stream(seed, Purpose::weights, 0);
  encoder_->initialise_weights(stream);
  decoder_->initialise_weights(stream);
}

template <class T>
std::string ConditionalAutoencoder<T>::description() const {
  return "conditional variational autoencoder of vectors of " + std::to_string(architecture_.size) + " given " +
         std::to_string(architecture_.condition_size) + ", " + std::to_string(architecture_.latent_size) + " latents, " +
         std::to_string(architecture_.hidden) + " hidden numbers, " + std::to_string(parameters_.size()) + " parameters";
}

template <class T>
std::vector<double> ConditionalAutoencoder<T>::loss_and_gradient(const Tensor<T>& x, const Tensor<T>& y,
                                                                 const Tensor<T>& noise, double kl_weight, double weight) {
  BORNFLOW_REQUIRE(x.n == y.n && x.n == noise.n && noise.c == architecture_.latent_size && x.c == architecture_.size,
                   "x, y and noise do not fit together");
  DeviceArray<double> divergence("bornflow::ConditionalAutoencoder::divergence", x.n);
  DeviceArray<double> difference("bornflow::ConditionalAutoencoder::difference", x.n);
  Tensor<T> z(x.n, 1, 1, noise.c), dz(x.n, 1, 1, noise.c);
  const Tensor<T> code = encoder_->forward(x, encoder_->respond(y));
  draw_latents(code, noise, z, divergence);
  const Tensor<T> found = decoder_->forward(z, decoder_->respond(y));
  difference_gradient(x, found, static_cast<T>(weight), difference);
  using Gradients = typename ResidualBlock<T>::Gradients;
  decoder_->backward(z, y, found, Gradients::parameters_and_input, &dz, nullptr);
  code_gradient(code, noise, dz, static_cast<T>(weight * kl_weight));
  encoder_->backward(x, y, code, Gradients::parameters_and_input, nullptr, nullptr);

  const auto kl = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), divergence);
  const auto squares = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), difference);
  std::vector<double> losses(x.n);
  for (int i = 0; i < x.n; ++i) losses[i] = squares(i) + kl_weight * kl(i);
  return losses;
}

template <class T>
Tensor<T> ConditionalAutoencoder<T>::decode(const Tensor<T>& z, const Tensor<T>& y) {
  BORNFLOW_REQUIRE(z.c == architecture_.latent_size && (y.n == z.n || y.n == 1), "z and y do not fit together");
  const Tensor<T> found = decoder_->forward(z, decoder_->respond(y));   // in scratch memory, which may be larger
  Tensor<T> x(z.n, 1, 1, architecture_.size);
  Kokkos::deep_copy(x.data, Kokkos::subview(found.data, std::make_pair(std::size_t(0), x.size())));
  return x;
}

template class ConditionalAutoencoder<float>;
template class ConditionalAutoencoder<double>;

}  // namespace bornflow
