#include "flows/posterior/posterior_sampler.hpp"

#include <gtest/gtest.h>

#include <cmath>


/// The corrections that are applied to the samples of a flow; the flow itself is any.
namespace bornflow {

namespace {

constexpr int nz = 8, nx = 8, pixels = nz * nx, mute = 1;

// A flow with random weights, of images without a mean.
LoadedFlow random_flow(StrengthUse use) {
  LoadedFlow loaded;
  FlowArchitecture& a = loaded.header.architecture;
  a.nz = nz, a.nx = nx, a.hidden = 4, a.depth = 1, a.scales = 1, a.condition_features = 2;
  if (use == StrengthUse::told) a.condition_channels = 2, a.condition_scalars = 1;
  loaded.header.normalisation = {0, 2, 0, 0.5, use, 0.1, 0.3};
  loaded.flow = make_flow<float>(a, 3);
  loaded.flow->set_initialised(true);
  return loaded;
}

std::vector<float> a_summary() {
  std::vector<float> summary(pixels);
  for (int i = 0; i < pixels; ++i) summary[i] = static_cast<float>(std::sin(0.7 * i));
  return summary;
}

double product(const float* a, const float* b) {
  double sum = 0;
  for (int i = mute * nx; i < pixels; ++i) sum += double(a[i]) * b[i];
  return sum;
}

// The part of an image along the summary, and what is left of it, below the muted row.
struct Parts {
  double along = 0;
  std::vector<float> across;
};
Parts parts_of(const float* image) {
  const auto summary = a_summary();
  Parts parts{product(image, summary.data()) / product(summary.data(), summary.data()), {image, image + pixels}};
  for (int i = mute * nx; i < pixels; ++i) parts.across[i] -= static_cast<float>(parts.along * summary[i]);
  return parts;
}

}  // namespace

// The strength is the root mean square below the muted row, of the summary over its deviation 0.5.
TEST(PosteriorSampler, gain_follows_the_strength_of_the_summary) {
  for (const StrengthUse use : {StrengthUse::divided, StrengthUse::told}) {
    LoadedFlow flow = random_flow(use);
    const auto summary = a_summary();
    double squares = 0;
    for (int i = mute * nx; i < pixels; ++i) squares += 4 * double(summary[i]) * summary[i];
    PosteriorSampler plain(flow, 1, mute, 4), changed(flow, 1, mute, 4, {1, 0.2, -0.5, 0});
    const double strength = plain.log_strength(summary);
    EXPECT_NEAR(strength, 0.5 * std::log(squares / (pixels - mute * nx)), 1e-5);
    const auto before = plain.draw(0, summary, 0, 6), after = changed.draw(0, summary, 0, 6);
    for (int s = 0; s < 6; ++s) {
      const Parts a = parts_of(before.data() + s * pixels), b = parts_of(after.data() + s * pixels);
      EXPECT_NEAR(b.along, a.along, 1e-5);
      for (int i = 0; i < pixels; ++i) EXPECT_NEAR(b.across[i], std::exp(0.2 - 0.5 * strength) * a.across[i], 1e-4);
    }
  }
}

// log of the part of 400 samples across the summary against those of the same latents: N(0, 0.3^2), four standard errors.
TEST(PosteriorSampler, spread_of_the_gain_is_one_number_for_an_image) {
  LoadedFlow flow = random_flow(StrengthUse::told);
  const int n = 400;
  const auto before = PosteriorSampler(flow, 1, mute, 16).draw(5, a_summary(), 0, n);
  const auto after = PosteriorSampler(flow, 1, mute, 16, {1, 0, 0, 0.3}).draw(5, a_summary(), 0, n);
  double sum = 0, squares = 0;
  for (int s = 0; s < n; ++s) {
    const std::vector<float> a = parts_of(before.data() + s * pixels).across, b = parts_of(after.data() + s * pixels).across;
    const double gain = std::sqrt(product(b.data(), b.data()) / product(a.data(), a.data()));
    for (int i = 0; i < pixels; ++i) EXPECT_NEAR(b[i], gain * a[i], 1e-4 * (1 + std::abs(b[i])));
    sum += std::log(gain), squares += std::log(gain) * std::log(gain);
  }
  EXPECT_NEAR(sum / n, 0, 4 * 0.3 / 20);
  EXPECT_NEAR(squares / n, 0.09, 4 * 0.09 * std::sqrt(2.0 / n));
}

// Any share of the samples is the same as when all are drawn, and the muted rows are zero.
TEST(PosteriorSampler, samples_depend_on_their_number_alone) {
  LoadedFlow flow = random_flow(StrengthUse::told);
  PosteriorSampler sampler(flow, 1, mute, 3, {1.2, 0.1, 0.1, 0.2});
  const auto all = sampler.draw(2, a_summary(), 0, 8), part = sampler.draw(2, a_summary(), 5, 3);
  for (int i = 0; i < 3 * pixels; ++i) EXPECT_FLOAT_EQ(part[i], all[5 * pixels + i]);
  for (int i = 0; i < mute * nx; ++i) EXPECT_EQ(all[i], 0);
}

// The latent of a sample is the one it was drawn with, over the temperature: the standard normal draws of stream (seed, data
// set, number). The muted rows lost theirs, so none is muted here. Inverse and forward agree to 1e-4 in single precision.
TEST(PosteriorSampler, latent_of_a_sample_is_the_one_it_was_drawn_with) {
  LoadedFlow flow = random_flow(StrengthUse::told);
  PosteriorSampler sampler(flow, 1, 0, 4, {1.3, 0.2, -0.4, 0});
  const auto samples = sampler.draw(7, a_summary(), 2, 1);
  const auto z = sampler.latent(7, samples, a_summary(), 0);
  RandomStream stream(1, Purpose::latent, 7, 2);
  ASSERT_EQ(z.size(), static_cast<std::size_t>(pixels));
  for (const float value : z) EXPECT_NEAR(value, stream.normal(), 2e-4);
  const auto noisy = sampler.latent(7, samples, a_summary(), 0.1);
  EXPECT_NE(noisy[0], z[0]);
  EXPECT_EQ(noisy, sampler.latent(7, samples, a_summary(), 0.1));
}

// A directional derivative of sum(c * image) by central differences in the latents, of which xi is the last. Single precision:
// steps of 1e-2 leave 1e-3 of the derivative.
TEST(PosteriorMap, pull_back_is_the_transposed_derivative) {
  for (const StrengthUse use : {StrengthUse::divided, StrengthUse::told}) {
    LoadedFlow flow = random_flow(use);
    const PosteriorMap map(flow, {1.2, 0.1, 0.1, 0.3}, 1, mute, 4, a_summary());
    const int size = map.latent_size(), count = 2;
    ASSERT_EQ(size, pixels + 1);
    std::vector<double> z(count * size), direction(count * size);
    std::vector<float> c(count * pixels);
    RandomStream stream(9, Purpose::test, 0);
    for (double& value : z) value = stream.normal();
    for (float& value : c) value = static_cast<float>(stream.normal());
    const auto gradient = map.pull_back(count, z.data(), c.data());
    for (const bool only_xi : {false, true}) {
      for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = !only_xi ? stream.normal() : (i + 1) % size == 0 ? 1 : 0;
      const double h = 1e-2;
      const auto value = [&](double step) {
        std::vector<double> moved = z;
        for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[i];
        const auto images = map.images(count, moved.data());
        double sum = 0;
        for (std::size_t i = 0; i < images.size(); ++i) sum += double(c[i]) * images[i];
        return sum;
      };
      double expected = 0;
      for (std::size_t i = 0; i < direction.size(); ++i) expected += gradient[i] * direction[i];
      EXPECT_NEAR((value(h) - value(-h)) / (2 * h), expected, 2e-3 * std::abs(expected)) << only_xi;
      EXPECT_GT(std::abs(expected), 1e-2);
    }
  }
}

}  // namespace bornflow
