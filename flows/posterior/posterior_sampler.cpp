#include "flows/posterior/posterior_sampler.hpp"

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

}  // namespace

PosteriorSampler::PosteriorSampler(LoadedFlow& flow, std::uint64_t seed, int mute_rows, int batch,
                                   const SamplingCalibration& calibration)
    : flow_(flow), seed_(seed), mute_rows_(mute_rows), batch_(batch), calibration_(calibration) {}

std::size_t PosteriorSampler::pixels() const {
  return static_cast<std::size_t>(flow_.header.architecture.nz) * flow_.header.architecture.nx;
}

std::size_t PosteriorSampler::known_pixels() const {
  return static_cast<std::size_t>(mute_rows_) * flow_.header.architecture.nx;
}

// As PairDataset makes it: normalised, and divided by its own strength.
std::vector<float> PosteriorSampler::normalised(const std::vector<float>& summary, float& strength) const {
  BORNFLOW_REQUIRE(summary.size() == pixels(), "the summary does not have the size of the flow's images");
  const Normalisation& normalisation = flow_.header.normalisation;
  std::vector<float> values(pixels());
  for (std::size_t i = 0; i < pixels(); ++i) values[i] = normalisation.normalise_summary(summary[i]);
  strength = normalisation.strength(values.data(), pixels(), known_pixels());
  for (float& value : values) value /= strength;
  return values;
}

double PosteriorSampler::log_strength(const std::vector<float>& summary) const {
  float strength = 1;
  normalised(summary, strength);
  return std::log(strength);
}

Tensor<float> PosteriorSampler::make_condition(std::int64_t data_set, const std::vector<float>& summary,
                                              float& strength) const {
  const FlowArchitecture& architecture = flow_.header.architecture;
  const Normalisation& normalisation = flow_.header.normalisation;
  std::vector<float> values = normalised(summary, strength);
  if (has_y_lane(architecture.network)) {
    // As in training (KnownRows): a y-lane has never seen exact zeros.
    RandomStream stream(seed_, Purpose::known_rows, static_cast<std::uint64_t>(data_set));
    for (std::size_t i = 0; i < known_pixels(); ++i) values[i] = static_cast<float>(stream.normal());
  }
  const Tensor<float> condition(1, architecture.nz, architecture.nx, normalisation.condition_channels(),
                                "bornflow::PosteriorSampler::condition");
  fill_from_host(condition, [&](float* to) { normalisation.write_condition(values.data(), pixels(), strength, to); });
  return condition;
}

double PosteriorSampler::log_gain(float strength) const {
  return calibration_.log_gain + calibration_.log_gain_slope * std::log(strength);
}

void PosteriorSampler::scale_across(const std::vector<float>& summary, double gain, float* values) const {
  double product = 0, squares = 0;
  for (std::size_t i = known_pixels(); i < pixels(); ++i) {
    product += double(summary[i]) * values[i];
    squares += double(summary[i]) * summary[i];
  }
  const double along = squares > 0 ? product / squares : 0.0;
  for (std::size_t i = known_pixels(); i < pixels(); ++i)
    values[i] = static_cast<float>(gain * values[i] + (1 - gain) * along * summary[i]);
}

std::vector<float> PosteriorSampler::latent(std::int64_t data_set, const std::vector<float>& x,
                                            const std::vector<float>& summary, double jitter) {
  const FlowArchitecture& architecture = flow_.header.architecture;
  float strength = 1;
  const Tensor<float> condition = make_condition(data_set, summary, strength);
  const std::vector<float> along = normalised(summary, strength);
  std::vector<float> unscaled(pixels());
  for (std::size_t i = 0; i < pixels(); ++i) unscaled[i] = flow_.header.normalisation.normalise_x(x[i]) / strength;
  scale_across(along, std::exp(-log_gain(strength)), unscaled.data());
  const Tensor<float> image(1, architecture.nz, architecture.nx, 1, "bornflow::PosteriorSampler::image");
  fill_from_host(image, [&](float* values) {
    RandomStream stream(seed_, Purpose::known_rows, static_cast<std::uint64_t>(data_set), 1);
    for (std::size_t i = 0; i < pixels(); ++i) {
      const double noise = stream.normal();
      values[i] = static_cast<float>(
          i < known_pixels() ? noise : unscaled[i] + jitter * noise);
    }
  });
  std::vector<double> log_det;
  const Tensor<float> z = flow_.flow->forward(image, condition, log_det);
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), z.data);
  std::vector<float> values(host.data(), host.data() + host.extent(0));
  for (float& value : values) value = static_cast<float>(value / calibration_.temperature);
  return values;
}

std::vector<float> PosteriorSampler::draw(std::int64_t data_set, const std::vector<float>& summary, std::int64_t first,
                                          std::int64_t count) {
  const Normalisation& normalisation = flow_.header.normalisation;
  float strength = 1;
  // One condition for all samples: the network shares its work over the batch.
  const Tensor<float> condition = make_condition(data_set, summary, strength);
  const std::vector<float> along = normalised(summary, strength);

  std::vector<float> samples(static_cast<std::size_t>(count) * pixels());
  for (std::int64_t done = 0; done < count; done += batch_) {
    const int n = static_cast<int>(std::min<std::int64_t>(batch_, count - done));
    const Tensor<float> latent(n, 1, 1, flow_.flow->latent_size(), "bornflow::PosteriorSampler::latent");
    std::vector<double> gain(static_cast<std::size_t>(n));
    fill_from_host(latent, [&](float* values) {
      for (int i = 0; i < n; ++i) {
        RandomStream stream(seed_, Purpose::latent, static_cast<std::uint64_t>(data_set),
                            static_cast<std::uint32_t>(first + done + i));
        for (int k = 0; k < latent.c; ++k)
          values[static_cast<std::size_t>(i) * latent.c + k] =
              static_cast<float>(calibration_.temperature * stream.normal());
        gain[i] = std::exp(log_gain(strength) + calibration_.log_gain_spread * stream.normal());
      }
    });
    const Tensor<float> x = flow_.flow->inverse(latent, condition);
    const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), x.data);
    for (int i = 0; i < n; ++i) {
      float* sample = samples.data() + static_cast<std::size_t>(done + i) * pixels();
      float* values = host.data() + static_cast<std::size_t>(i) * pixels();
      scale_across(along, gain[i], values);
      for (std::size_t k = 0; k < pixels(); ++k)
        sample[k] = normalisation.restore_x(strength * values[k]);
      std::fill_n(sample, known_pixels(), 0.0f);
    }
  }
  return samples;
}

}  // namespace bornflow
