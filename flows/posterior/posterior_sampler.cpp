#include "flows/posterior/posterior_sampler.hpp"

#include <algorithm>

#include "bornflow/base/random.hpp"

namespace bornflow {

PosteriorSampler::PosteriorSampler(LoadedFlow& flow, std::uint64_t seed, int mute_rows, int batch,
                                   const SamplingCalibration& calibration)
    : flow_(flow), seed_(seed), mute_rows_(mute_rows), batch_(batch), calibration_(calibration) {}

PosteriorMap PosteriorSampler::map(std::int64_t data_set, const std::vector<float>& summary) const {
  return {flow_, calibration_, seed_, mute_rows_, data_set, summary};
}

double PosteriorSampler::log_strength(const std::vector<float>& summary) const { return map(0, summary).log_strength(); }

std::vector<float> PosteriorSampler::latent(std::int64_t data_set, const std::vector<float>& x,
                                            const std::vector<float>& summary, double jitter) {
  return map(data_set, summary).latent(x, jitter);
}

std::vector<double> PosteriorSampler::latents(std::int64_t data_set, std::int64_t first, std::int64_t count) const {
  const int size = flow_.flow->latent_size() + 1;
  std::vector<double> values(static_cast<std::size_t>(count) * size);
  for (std::int64_t i = 0; i < count; ++i) {
    RandomStream stream(seed_, Purpose::latent, static_cast<std::uint64_t>(data_set), static_cast<std::uint32_t>(first + i));
    for (int k = 0; k < size; ++k) values[static_cast<std::size_t>(i) * size + k] = stream.normal();
  }
  return values;
}

std::vector<float> PosteriorSampler::draw(std::int64_t data_set, const std::vector<float>& summary, std::int64_t first,
                                          std::int64_t count) {
  const PosteriorMap map = this->map(data_set, summary);
  std::vector<float> samples;
  samples.reserve(static_cast<std::size_t>(count) * map.pixels());
  for (std::int64_t done = 0; done < count; done += batch_) {
    const std::int64_t n = std::min<std::int64_t>(batch_, count - done);
    const std::vector<float> some = map.images(static_cast<int>(n), latents(data_set, first + done, n).data());
    samples.insert(samples.end(), some.begin(), some.end());
  }
  return samples;
}

}  // namespace bornflow
