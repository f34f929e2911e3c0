#include "bornflow/inference/diagnostics/image_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

std::vector<float> noise(std::size_t size, std::uint64_t item) {
  RandomStream random(1, Purpose::test, item);
  std::vector<float> image(size);
  for (float& value : image) value = static_cast<float>(random.normal());
  return image;
}

}  // namespace

// |estimate - truth| is a tenth of |truth|: 20 dB.
TEST(ImageMetrics, snr_rmse_and_scale_of_a_known_error) {
  const std::vector<float> truth = {2, 0, 0, 0}, estimate = {2, 0.2f, 0, 0};
  EXPECT_NEAR(snr(estimate, truth), 20.0, 1e-6);
  EXPECT_NEAR(rmse(estimate, truth), 0.1, 1e-7);
  EXPECT_NEAR(best_scale({4, 0, 0, 0}, truth), 0.5, 1e-12);
  EXPECT_EQ(best_scale({0, 0, 0, 0}, truth), 0.0);
}

TEST(Ssim, is_one_for_identical_images_and_symmetric) {
  const auto a = noise(20 * 17, 0), b = noise(20 * 17, 1);
  EXPECT_NEAR(ssim(a, a, 20, 17, 1.0), 1.0, 1e-12);
  EXPECT_NEAR(ssim(a, b, 20, 17, 3.0), ssim(b, a, 20, 17, 3.0), 1e-14);  // not equal: fused multiply-add rounds one factor
  EXPECT_LT(std::abs(ssim(a, b, 20, 17, 3.0)), 0.2);
}

// A constant image against a shifted one: no variance, so (2 c d + C1) / (c^2 + d^2 + C1) at every pixel, borders included.
TEST(Ssim, of_a_constant_shift_follows_the_formula) {
  const std::vector<float> a(12 * 9, 0.5f), b(12 * 9, 0.75f);
  const double c1 = 1e-4 * 4;  // (0.01 R)^2 with R = 2
  EXPECT_NEAR(ssim(a, b, 12, 9, 2.0), (2 * 0.5 * 0.75 + c1) / (0.25 + 0.5625 + c1), 1e-12);
}

// One bright pixel in the middle of a large image, b = 2 a. At the pixel offset (p, q) with weight w the moments are
// m_a = w v, s_a^2 = w v^2 - m_a^2; the sum over the 121 offsets is done here by hand, every other pixel gives 1.
TEST(Ssim, of_a_scaled_impulse_follows_the_window) {
  const int n = 31;
  std::vector<float> a(n * n, 0.0f), b(n * n, 0.0f);
  a[15 * n + 15] = 1;
  b[15 * n + 15] = 2;
  double total = 0;
  for (int k = -5; k <= 5; ++k) total += std::exp(-k * k / 4.5);
  double sum = n * n - 121;
  const double c1 = 1e-4, c2 = 9e-4;
  for (int p = -5; p <= 5; ++p)
    for (int q = -5; q <= 5; ++q) {
      const double w = std::exp(-(p * p + q * q) / 4.5) / (total * total);
      const double ma = w, mb = 2 * w, va = w - w * w, vb = 4 * va, cov = 2 * va;
      sum += (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  EXPECT_NEAR(ssim(a, b, n, n, 1.0), sum / (n * n), 1e-12);
}

}  // namespace bornflow
