#include "flows/posterior/posterior_map.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

template <class Fill>
void fill_from_host(const Tensor<float>& tensor, Fill fill) {
  const auto host = Kokkos::create_mirror_view(tensor.data);
  fill(host.data());
  Kokkos::deep_copy(tensor.data, host);
}

auto on_host(const Tensor<float>& tensor) { return Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), tensor.data); }

}  // namespace

PosteriorMap::PosteriorMap(LoadedFlow& flow, const SamplingCalibration& calibration, std::uint64_t seed, int mute_rows,
                           std::int64_t data_set, const std::vector<float>& summary)
    : flow_(flow), calibration_(calibration), seed_(seed), data_set_(data_set), mute_rows_(mute_rows), along_(summary.size()) {
  const FlowArchitecture& architecture = flow_.header.architecture;
  const Normalisation& normalisation = flow_.header.normalisation;
  BORNFLOW_REQUIRE(summary.size() == static_cast<std::size_t>(architecture.nz) * architecture.nx,
                   "the summary does not have the size of the flow's images");
  // As PairDataset makes it: normalised, and divided by its own strength.
  for (std::size_t i = 0; i < pixels(); ++i) along_[i] = normalisation.normalise_summary(summary[i]);
  strength_ = normalisation.strength(along_.data(), pixels(), known_pixels());
  for (float& value : along_) value /= strength_;

  std::vector<float> values = along_;
  if (has_y_lane(architecture.network)) {
    // As in training (KnownRows): a y-lane has never seen exact zeros.
    RandomStream stream(seed_, Purpose::known_rows, static_cast<std::uint64_t>(data_set_));
    for (std::size_t i = 0; i < known_pixels(); ++i) values[i] = static_cast<float>(stream.normal());
  }
  condition_ = Tensor<float>(1, architecture.nz, architecture.nx, normalisation.condition_channels(),
                             "bornflow::PosteriorMap::condition");
  fill_from_host(condition_, [&](float* to) { normalisation.write_condition(values.data(), pixels(), strength_, to); });
}

int PosteriorMap::latent_size() const { return flow_.flow->latent_size() + 1; }

std::size_t PosteriorMap::known_pixels() const {
  return static_cast<std::size_t>(mute_rows_) * flow_.header.architecture.nx;
}

double PosteriorMap::log_strength() const { return std::log(strength_); }

double PosteriorMap::gain(double xi) const {
  return std::exp(calibration_.log_gain + calibration_.log_gain_slope * std::log(strength_) + calibration_.log_gain_spread * xi);
}

double PosteriorMap::part_along(const float* values) const {
  double product = 0, squares = 0;
  for (std::size_t i = known_pixels(); i < pixels(); ++i) {
    product += double(along_[i]) * values[i];
    squares += double(along_[i]) * along_[i];
  }
  return squares > 0 ? product / squares : 0.0;
}

void PosteriorMap::scale_across(double gain, float* values) const {
  const double along = part_along(values);
  for (std::size_t i = known_pixels(); i < pixels(); ++i)
    values[i] = static_cast<float>(gain * values[i] + (1 - gain) * along * along_[i]);
}

Tensor<float> PosteriorMap::inverse(int count, const double* latents) const {
  const Tensor<float> z(count, 1, 1, latent_size() - 1, "bornflow::PosteriorMap::latent");
  fill_from_host(z, [&](float* values) {
    for (int i = 0; i < count; ++i)
      for (int k = 0; k < z.c; ++k)
        values[static_cast<std::size_t>(i) * z.c + k] =
            static_cast<float>(calibration_.temperature * latents[static_cast<std::size_t>(i) * (z.c + 1) + k]);
  });
  // One condition for all samples: the network shares its work over the batch.
  return flow_.flow->inverse(z, condition_);
}

std::vector<float> PosteriorMap::images(int count, const double* latents) const {
  const Normalisation& normalisation = flow_.header.normalisation;
  const auto host = on_host(inverse(count, latents));
  std::vector<float> images(static_cast<std::size_t>(count) * pixels());
  for (int i = 0; i < count; ++i) {
    float* image = images.data() + static_cast<std::size_t>(i) * pixels();
    float* values = host.data() + static_cast<std::size_t>(i) * pixels();
    scale_across(gain(latents[static_cast<std::size_t>(i + 1) * latent_size() - 1]), values);
    for (std::size_t k = 0; k < pixels(); ++k) image[k] = normalisation.restore_x(strength_ * values[k]);
    std::fill_n(image, known_pixels(), 0.0f);
  }
  return images;
}

std::vector<double> PosteriorMap::pull_back(int count, const double* latents, const float* gradients) const {
  const FlowArchitecture& architecture = flow_.header.architecture;
  const int size = latent_size();
  const Tensor<float> x = inverse(count, latents);
  const auto values = on_host(x);
  std::vector<double> result(static_cast<std::size_t>(count) * size);
  const Tensor<float> dx(count, architecture.nz, architecture.nx, 1, "bornflow::PosteriorMap::gradient");
  fill_from_host(dx, [&](float* to) {
    for (int i = 0; i < count; ++i) {
      const float *from = gradients + static_cast<std::size_t>(i) * pixels(), *value = values.data() + static_cast<std::size_t>(i) * pixels();
      float* d = to + static_cast<std::size_t>(i) * pixels();
      for (std::size_t k = 0; k < pixels(); ++k)
        d[k] = k < known_pixels() ? 0.0f : static_cast<float>(strength_ * flow_.header.normalisation.x_std * from[k]);
      const double scale = gain(latents[static_cast<std::size_t>(i + 1) * size - 1]), along = part_along(value);
      double of_gain = 0;
      for (std::size_t k = known_pixels(); k < pixels(); ++k) of_gain += d[k] * (value[k] - along * along_[k]);
      result[static_cast<std::size_t>(i + 1) * size - 1] = calibration_.log_gain_spread * scale * of_gain;
      scale_across(scale, d);
    }
  });
  const auto dz = on_host(flow_.flow->inverse_transpose(x, condition_, dx));
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < size - 1; ++k)
      result[static_cast<std::size_t>(i) * size + k] = calibration_.temperature * dz.data()[static_cast<std::size_t>(i) * (size - 1) + k];
  return result;
}

std::vector<float> PosteriorMap::latent(const std::vector<float>& x, double jitter) const {
  const FlowArchitecture& architecture = flow_.header.architecture;
  std::vector<float> unscaled(pixels());
  for (std::size_t i = 0; i < pixels(); ++i) unscaled[i] = flow_.header.normalisation.normalise_x(x[i]) / strength_;
  scale_across(1 / gain(0), unscaled.data());
  const Tensor<float> image(1, architecture.nz, architecture.nx, 1, "bornflow::PosteriorMap::image");
  fill_from_host(image, [&](float* values) {
    RandomStream stream(seed_, Purpose::known_rows, static_cast<std::uint64_t>(data_set_), 1);
    for (std::size_t i = 0; i < pixels(); ++i) {
      const double noise = stream.normal();
      values[i] = static_cast<float>(i < known_pixels() ? noise : unscaled[i] + jitter * noise);
    }
  });
  std::vector<double> log_det;
  const auto z = on_host(flow_.flow->forward(image, condition_, log_det));
  std::vector<float> values(z.data(), z.data() + z.extent(0));
  for (float& value : values) value = static_cast<float>(value / calibration_.temperature);
  return values;
}

}  // namespace bornflow
