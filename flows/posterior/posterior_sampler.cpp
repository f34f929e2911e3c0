#include "flows/posterior/posterior_sampler.hpp"

#include <algorithm>

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

PosteriorSampler::PosteriorSampler(LoadedFlow& flow, std::uint64_t seed, int mute_rows, int batch, double temperature)
    : flow_(flow), seed_(seed), mute_rows_(mute_rows), batch_(batch), temperature_(temperature) {}

std::vector<float> PosteriorSampler::draw(std::int64_t data_set, const std::vector<float>& summary, std::int64_t first,
                                          std::int64_t count) {
  const FlowArchitecture& architecture = flow_.header.architecture;
  const Normalisation& normalisation = flow_.header.normalisation;
  const std::size_t pixels = static_cast<std::size_t>(architecture.nz) * architecture.nx;
  BORNFLOW_REQUIRE(summary.size() == pixels, "the summary does not have the size of the flow's images");

  // As PairDataset makes it: normalised, and divided by its own strength.
  std::vector<float> normalised(pixels);
  for (std::size_t i = 0; i < pixels; ++i) normalised[i] = normalisation.normalise_summary(summary[i]);
  const std::size_t known = static_cast<std::size_t>(mute_rows_) * architecture.nx;
  const float strength = normalisation.strength(normalised.data(), pixels, known);

  // One condition for all samples: the network shares its work over the batch.
  for (float& value : normalised) value /= strength;
  if (has_y_lane(architecture.network)) {
    // As in training (KnownRows): a y-lane has never seen exact zeros.
    RandomStream stream(seed_, Purpose::known_rows, static_cast<std::uint64_t>(data_set));
    for (std::size_t i = 0; i < known; ++i) normalised[i] = static_cast<float>(stream.normal());
  }
  const Tensor<float> condition(1, architecture.nz, architecture.nx, normalisation.condition_channels(),
                                "bornflow::PosteriorSampler::condition");
  fill_from_host(condition, [&](float* values) {
    normalisation.write_condition(normalised.data(), pixels, strength, values);
  });

  std::vector<float> samples(static_cast<std::size_t>(count) * pixels);
  for (std::int64_t done = 0; done < count; done += batch_) {
    const int n = static_cast<int>(std::min<std::int64_t>(batch_, count - done));
    const Tensor<float> latent(n, 1, 1, flow_.flow->latent_size(), "bornflow::PosteriorSampler::latent");
    fill_from_host(latent, [&](float* values) {
      for (int i = 0; i < n; ++i) {
        RandomStream stream(seed_, Purpose::latent, static_cast<std::uint64_t>(data_set),
                            static_cast<std::uint32_t>(first + done + i));
        for (int k = 0; k < latent.c; ++k)
          values[static_cast<std::size_t>(i) * latent.c + k] = static_cast<float>(temperature_ * stream.normal());
      }
    });
    const Tensor<float> x = flow_.flow->inverse(latent, condition);
    const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), x.data);
    for (int i = 0; i < n; ++i) {
      float* sample = samples.data() + static_cast<std::size_t>(done + i) * pixels;
      const float* values = host.data() + static_cast<std::size_t>(i) * pixels;
      for (std::size_t k = 0; k < pixels; ++k) sample[k] = normalisation.restore_x(strength * values[k]);
      std::fill_n(sample, known, 0.0f);
    }
  }
  return samples;
}

}  // namespace bornflow
