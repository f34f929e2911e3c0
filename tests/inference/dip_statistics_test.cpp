#include "bornflow/inference/diagnostics/dip_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

constexpr int nz = 48, nx = 64;

// Layers that descend by `slope` rows a column, with noise of this deviation.
std::vector<float> layers(double slope, double noise = 0) {
  std::vector<float> image;
  RandomStream random(1, Purpose::test, 0, 11);
  for (int iz = 0; iz < nz; ++iz)
    for (int ix = 0; ix < nx; ++ix)
      image.push_back(static_cast<float>(std::sin(0.5 * (iz - slope * ix)) + noise * random.normal()));
  return image;
}

}  // namespace

// Layers z = slope x + constant have the normal (-slope, 1), which is theta = -atan(slope) from the vertical. At the edges
// the image goes on flat, which bends the outermost of 64 columns.
TEST(DipStatistics, of_plane_layers_are_those_of_their_dip) {
  for (const double slope : {0.0, 0.2, -0.5, 1.0}) {
    const double angle = -std::atan(slope);
    const DipStatistics dips = dip_statistics(layers(slope).data(), nz, nx);
    EXPECT_NEAR(dips.spread, std::sin(angle) * std::sin(angle), 0.02) << "slope " << slope;
    EXPECT_NEAR(dips.net, std::sin(2 * angle), 0.03) << "slope " << slope;
  }
}

TEST(DipStatistics, mirror_image_dips_the_other_way) {
  const auto image = layers(0.4, 0.1);
  std::vector<float> mirror(image.size());
  for (int iz = 0; iz < nz; ++iz)
    for (int ix = 0; ix < nx; ++ix) mirror[iz * nx + ix] = image[iz * nx + nx - 1 - ix];
  const DipStatistics a = dip_statistics(image.data(), nz, nx), b = dip_statistics(mirror.data(), nz, nx);
  EXPECT_NEAR(a.spread, b.spread, 1e-12);
  EXPECT_NEAR(a.net, -b.net, 1e-12);
}

// Noise of half the amplitude of the layers: its gradients have no common direction, so the dip stays what it was. The
// plain ratio of the gradients' energies, 0.14 + noise, would be 0.4 here.
TEST(DipStatistics, hardly_change_with_noise) {
  const DipStatistics clean = dip_statistics(layers(0.4).data(), nz, nx), noisy = dip_statistics(layers(0.4, 0.5).data(), nz, nx);
  EXPECT_NEAR(noisy.spread, clean.spread, 0.05);
  EXPECT_NEAR(noisy.net, clean.net, 0.05);
}

TEST(DipStatistics, of_an_even_image_are_zero) {
  const DipStatistics dips = dip_statistics(std::vector<float>(nz * nx, 2.0f).data(), nz, nx);
  EXPECT_EQ(dips.spread, 0);
  EXPECT_EQ(dips.net, 0);
}

}  // namespace bornflow
