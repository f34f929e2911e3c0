#include "solvers/survey/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

constexpr int receivers = 400, samples = 300;

NoiseModel model(const std::string& band) {
  NoiseModel noise;
  noise.band = band;
  noise.sigma = 0.3;
  noise.peak_frequency = 20;
  noise.sample_interval = 0.004;
  return noise;
}

/// Mean over all traces of n(i) n(j) over sigma^2, with trace `shift` of the other set beside each.
double correlation(const std::vector<float>& a, const std::vector<float>& b, int i, int j, int shift = 0) {
  double sum = 0;
  for (int r = 0; r + shift < receivers; ++r)
    sum += double(a[static_cast<std::size_t>(r) * samples + i]) * b[static_cast<std::size_t>(r + shift) * samples + j];
  return sum / (receivers - shift) / (0.3 * 0.3);
}

/// The same over all samples of a trace, at the given lag.
double correlation_at_lag(const std::vector<float>& a, const std::vector<float>& b, int lag, int shift = 0) {
  double sum = 0;
  for (int i = 0; i + lag < samples; ++i) sum += correlation(a, b, i, i + lag, shift);
  return sum / (samples - lag);
}

/// Of the wavelet with itself, 1 at lag 0.
double of_wavelet(int lag, double peak_frequency = 20, double sample_interval = 0.004) {
  const auto w = ricker_wavelet(peak_frequency, sample_interval, samples);
  double sum = 0, energy = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    energy += w[i] * w[i];
    if (i + lag < w.size()) sum += w[i] * w[i + lag];
  }
  return sum / energy;
}

}  // namespace

// 120000 samples, of which those of coloured noise are worth a tenth: a product of two scatters by 0.003, or 0.01.
TEST(Noise, has_the_deviation_and_the_spectrum_that_it_says) {
  const auto white = model("white").draw(1, 0, 0, receivers, samples), coloured = model("ricker").draw(1, 0, 0, receivers, samples);
  EXPECT_NEAR(correlation_at_lag(white, white, 0), 1, 0.015);
  for (const int lag : {1, 2, 5}) EXPECT_NEAR(correlation_at_lag(white, white, lag), 0, 0.015) << lag;
  for (const int lag : {0, 1, 2, 3, 5, 8, 40}) EXPECT_NEAR(correlation_at_lag(coloured, coloured, lag), of_wavelet(lag), 0.04) << lag;
  EXPECT_LT(of_wavelet(5), -0.2);   // a band, and not a low-pass
}

// The band is that of the wavelet of this frequency at this interval, and the deviation is sigma in every band. The lowest
// leaves half as many independent samples as above; 0.014 is the most that is measured.
TEST(Noise, follows_the_frequency_and_the_sample_interval) {
  for (const auto& [frequency, interval] : {std::pair{10.0, 0.004}, {40.0, 0.004}, {20.0, 0.006}}) {
    NoiseModel noise = model("ricker");
    noise.peak_frequency = frequency;
    noise.sample_interval = interval;
    const auto drawn = noise.draw(1, 0, 0, receivers, samples);
    for (const int lag : {0, 1, 3, 6, 10})
      EXPECT_NEAR(correlation_at_lag(drawn, drawn, lag), of_wavelet(lag, frequency, interval), 0.04)
          << frequency << " Hz, " << interval << " s, lag " << lag;
  }
}

// 400 traces: one product scatters by sqrt(2 / 400) = 0.07. Four of these are allowed.
TEST(Noise, is_as_strong_at_the_ends_of_a_trace_and_never_wraps) {
  const auto noise = model("ricker").draw(1, 0, 0, receivers, samples);
  for (const int sample : {0, 3, samples - 1}) EXPECT_NEAR(correlation(noise, noise, sample, sample), 1, 0.28) << sample;
  EXPECT_NEAR(correlation(noise, noise, samples - 1, 0), 0, 0.2);
  EXPECT_NEAR(correlation(noise, noise, samples - 1, 0, 1), 0, 0.2);   // with the start of the next trace
  EXPECT_NEAR(correlation(noise, noise, samples - 1, 1, 1), 0, 0.2);
}

TEST(Noise, is_a_function_of_seed_sample_and_shot_and_independent_in_each) {
  for (const char* band : {"white", "ricker"}) {
    const NoiseModel noise = model(band);
    const auto one = noise.draw(1, 5, 2, receivers, samples);
    EXPECT_EQ(one, noise.draw(1, 5, 2, receivers, samples));
    EXPECT_NEAR(correlation_at_lag(one, noise.draw(2, 5, 2, receivers, samples), 0), 0, 0.04) << "seed";
    EXPECT_NEAR(correlation_at_lag(one, noise.draw(1, 6, 2, receivers, samples), 0), 0, 0.04) << "sample";
    EXPECT_NEAR(correlation_at_lag(one, noise.draw(1, 5, 3, receivers, samples), 0), 0, 0.04) << "shot";
    for (const int shift : {1, 2, 7}) EXPECT_NEAR(correlation_at_lag(one, one, 0, shift), 0, 0.04) << "receiver " << shift;
    // Nor is one number of these the other's: sample 2 of shot 5 is not sample 5 of shot 2.
    EXPECT_NEAR(correlation_at_lag(one, noise.draw(1, 2, 5, receivers, samples), 0), 0, 0.04) << "sample and shot";
  }
}

TEST(Noise, scales_with_sigma) {
  NoiseModel noise = model("ricker");
  const auto one = noise.draw(1, 0, 0, 3, 50);
  noise.sigma = 0.6;
  const auto two = noise.draw(1, 0, 0, 3, 50);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(two[i], 2 * one[i], 1e-6);
  noise.sigma = 0;
  EXPECT_EQ(noise.draw(1, 0, 0, 3, 50), std::vector<float>(150, 0.0f));
}

// The part of a signal w, the wavelet itself, in the noise has the variance w' C w, C being the noise's covariance. White noise of
// equal weight would have sigma_e^2 |w|^2. Measured over 4000 traces long enough to hold the noise's full variance: 4 standard errors.
TEST(Noise, white_equivalent_has_the_noise_of_a_wavelet) {
  NoiseModel noise = model("white");
  EXPECT_EQ(noise.white_equivalent(), noise.sigma);
  noise = model("ricker");
  const int n = static_cast<int>(std::ceil(2.0 / (noise.peak_frequency * noise.sample_interval))) + 1;
  const std::vector<double> wavelet = ricker_wavelet(noise.peak_frequency, noise.sample_interval, n);
  const int traces = 4000;
  const auto drawn = noise.draw(1, 0, 0, traces, n);
  double energy = 0, variance = 0;
  for (const double value : wavelet) energy += value * value;
  for (int trace = 0; trace < traces; ++trace) {
    double product = 0;
    for (int i = 0; i < n; ++i) product += wavelet[i] * drawn[static_cast<std::size_t>(trace) * n + i];
    variance += product * product / traces;
  }
  const double expected = noise.white_equivalent() * noise.white_equivalent() * energy;
  EXPECT_NEAR(variance, expected, 4 * std::sqrt(2.0 / traces) * expected);
  EXPECT_GT(noise.white_equivalent(), 1.5 * noise.sigma);
}

TEST(AbsoluteQuantile, is_of_the_absolute_values) {
  EXPECT_EQ(absolute_quantile({-5, 1, -2, 3, 4}, 0), 1);
  EXPECT_EQ(absolute_quantile({-5, 1, -2, 3, 4}, 0.5), 3);
  EXPECT_EQ(absolute_quantile({-5, 1, -2, 3, 4}, 0.98), 5);
  EXPECT_EQ(absolute_quantile({-7}, 0.98), 7);
  std::vector<float> upwards;
  for (int i = 0; i <= 1000; ++i) upwards.push_back(static_cast<float>(i % 2 == 0 ? i : -i));
  EXPECT_EQ(absolute_quantile(upwards, 0.98), 980);
  EXPECT_EQ(absolute_quantile(upwards, 1), 1000);
  EXPECT_EQ(absolute_quantile({}, 0.5), 0);
}

}  // namespace bornflow
