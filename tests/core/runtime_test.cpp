#include <gtest/gtest.h>

#include <limits>

namespace bornflow {

// The fronts of waves are full of them: see Runtime.
TEST(Runtime, takes_denormal_numbers_for_zero) {
#if !defined(__SSE2__)
  GTEST_SKIP() << "of x86 alone";
#endif
  volatile float single = std::numeric_limits<float>::min();
  volatile double twofold = std::numeric_limits<double>::min();
  volatile const float half = 0.5f;
  EXPECT_GT(single, 0);
  single = single * half;
  twofold = twofold * half;
  EXPECT_EQ(single, 0);
  EXPECT_EQ(twofold, 0);
}

}  // namespace bornflow
