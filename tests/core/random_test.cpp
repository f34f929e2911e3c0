#include "bornflow/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace bornflow {

// Known answers of Philox 4x32-10, from the authors' Random123 distribution (kat_vectors).
TEST(Philox, gives_the_published_known_answers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (std::array<std::uint32_t, 4>{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  EXPECT_EQ(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}),
            (std::array<std::uint32_t, 4>{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

TEST(RandomStream, is_a_function_of_seed_purpose_and_item) {
  RandomStream a(7, Purpose::prior, 3), b(7, Purpose::prior, 3), c(7, Purpose::prior, 4), d(7, Purpose::latent, 3);
  int equal_to_c = 0, equal_to_d = 0;
  for (int i = 0; i < 100; ++i) {
    const auto draw = a.bits();
    EXPECT_EQ(draw, b.bits());
    equal_to_c += draw == c.bits();
    equal_to_d += draw == d.bits();
  }
  EXPECT_EQ(equal_to_c, 0);
  EXPECT_EQ(equal_to_d, 0);
}

// 1e5 draws: standard errors are 0.0032 (mean), 0.0045 (variance), 0.0155 (kurtosis 3); bounds are five of them.
TEST(RandomStream, normal_has_the_moments_of_the_standard_normal) {
  RandomStream stream(1, Purpose::test, 0);
  const int n = 100000;
  double sum = 0, sum2 = 0, sum4 = 0;
  for (int i = 0; i < n; ++i) {
    const double z = stream.normal();
    sum += z;
    sum2 += z * z;
    sum4 += z * z * z * z;
  }
  EXPECT_NEAR(sum / n, 0.0, 0.016);
  EXPECT_NEAR(sum2 / n, 1.0, 0.0225);
  EXPECT_NEAR(sum4 / n, 3.0, 0.16);  // standard error sqrt(96 / n) = 0.031
}

TEST(RandomStream, integer_reaches_both_ends_only) {
  RandomStream stream(1, Purpose::test, 1);
  int low = 0, high = 0;
  for (int i = 0; i < 1000; ++i) {
    const int draw = stream.integer(-2, 2);
    ASSERT_GE(draw, -2);
    ASSERT_LE(draw, 2);
    low += draw == -2;
    high += draw == 2;
  }
  EXPECT_GT(low, 100);
  EXPECT_GT(high, 100);
}

}  // namespace bornflow
