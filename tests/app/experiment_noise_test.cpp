#include "src/app/waves/experiment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/app/waves_experiment.hpp"

/// The noise of an experiment, in the unit of its data.
namespace bornflow {

using test::Waves;

namespace {

double rms(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += double(value) * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum / (static_cast<double>(a.size()) * rms(a) * rms(b));
}

}  // namespace

// As [noise] level says: over the mean of the 98 % quantiles of |clean traces| of the first four images, shot by shot.
TEST(ExperimentNoise, is_the_level_times_the_strength_of_the_first_images) {
  const double of_twice_the_level = Waves(0.58, "ricker").experiment().noise().sigma;
  Waves waves(0.29, "ricker");
  double strength = 0;
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> traces = waves.clean(waves.experiment().draw_image(i));
    for (int shot = 0; shot < 3; ++shot) {
      std::vector<float> sizes(traces.begin() + shot * waves.shot_size(), traces.begin() + (shot + 1) * waves.shot_size());
      for (float& value : sizes) value = std::abs(value);
      std::sort(sizes.begin(), sizes.end());
      strength += sizes[static_cast<std::size_t>(std::lround(0.98 * static_cast<double>(sizes.size() - 1)))] / 12;
    }
  }
  EXPECT_GT(strength, 0);
  // A batch of four images rounds as a batch of one, single-precision waves.
  EXPECT_NEAR(waves.experiment().noise().sigma, 0.29 * strength, 1e-5 * 0.29 * strength);
  EXPECT_NEAR(of_twice_the_level, 2 * waves.experiment().noise().sigma, 1e-12 * strength);
}

// 15120 numbers, of which white noise makes all independent and coloured noise about a tenth: the deviation of the one
// scatters by 0.6 %, that of the other by 2 %, four of which are allowed; single-precision sums of signal and noise add less.
TEST(ExperimentNoise, comes_into_the_data_as_strong_as_it_says) {
  for (const auto& [band, tolerance] : {std::pair{"white", 0.025}, {"ricker", 0.08}}) {
    Waves waves(0.29, band);
    const std::vector<float> image = waves.experiment().draw_image(7);
    EXPECT_NEAR(rms(waves.noise(7, image)) / waves.experiment().noise().sigma, 1, tolerance) << band;
  }
}

TEST(ExperimentNoise, is_independent_between_shots_and_samples) {
  Waves waves(0.29, "white");
  const std::vector<float> image = waves.experiment().draw_image(7);
  const std::vector<float> one = waves.noise(7, image), other = waves.noise(8, image);
  const double scatter = 1 / std::sqrt(static_cast<double>(waves.shot_size()));
  EXPECT_NEAR(correlation(one, other), 0, 4 * scatter);
  const auto shot = [&](int i) {
    return std::vector<float>(one.begin() + i * waves.shot_size(), one.begin() + (i + 1) * waves.shot_size());
  };
  EXPECT_NEAR(correlation(shot(0), shot(1)), 0, 4 * scatter);
  EXPECT_NEAR(correlation(shot(1), shot(2)), 0, 4 * scatter);
}

// The two parts of a pair's summary are the migrated data without noise, and the migrated noise of that sample.
TEST(ExperimentNoise, is_migrated_beside_the_signal_of_each_pair) {
  Waves waves(0.29, "ricker");
  Experiment& experiment = waves.experiment();
  std::vector<float> images = experiment.draw_image(20);
  const std::vector<float> second = experiment.draw_image(21);
  images.insert(images.end(), second.begin(), second.end());
  const Experiment::Summaries parts = experiment.simulate_summaries(20, 2, images);
  const std::vector<float> whole = experiment.summary(experiment.simulate_born_data(21, second));
  std::vector<float> sum(whole.size()), noise(parts.noise.begin() + static_cast<std::ptrdiff_t>(sum.size()), parts.noise.end());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = parts.signal[sum.size() + i] + noise[i] - whole[i];
  EXPECT_GT(rms(noise), 0.01 * rms(whole));
  EXPECT_LT(rms(sum), 1e-5 * rms(whole));   // a sum of single-precision waves, and the waves of a sum
}

}  // namespace bornflow
