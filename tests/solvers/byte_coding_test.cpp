#include "solvers/acoustic/storage/byte_coding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bornflow/base/kokkos_compat.hpp"
#include "solvers/acoustic/storage/storage_scale.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

/// values[step][point] through 8 bits and back.
template <class T>
std::vector<T> there_and_back(const std::vector<T>& values, int count, T scale = 1) {
  const auto size = static_cast<std::int64_t>(values.size()) / count;
  DeviceArray<T> from("values", values.size()), to("values back", size);
  DeviceArray<std::int8_t> bytes("bytes", values.size());
  DeviceArray<std::uint8_t> exponents("exponents", size);
  Kokkos::deep_copy(from, Kokkos::View<const T*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(values.data(), values.size()));
  encode_bytes(from.data(), count, size, scale, bytes.data(), exponents.data());
  std::vector<T> back(values.size());
  for (int step = 0; step < count; ++step) {
    decode_bytes<T>(bytes.data() + step * size, exponents.data(), size, 1 / scale, to.data());
    Kokkos::deep_copy(Kokkos::View<T*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(back.data() + step * size, size), to);
  }
  return back;
}

template <class T>
T greatest(const std::vector<T>& values, int count, std::size_t point) {
  T most = 0;
  for (int step = 0; step < count; ++step) most = std::max(most, std::abs(values[step * values.size() / count + point]));
  return most;
}

}  // namespace

TEST(ByteCoding, errors_are_within_their_bound_and_have_no_sign) {
  for (int count = 1; count <= byte_group; ++count) {
    const std::size_t size = 20011;   // no multiple of any chunk
    auto values = test::random_values<float>(count * size, 40 + count);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::ldexp(values[i], static_cast<int>(i % size % 61) - 40);
    const auto back = there_and_back(values, count);
    double worst = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double relative = (double(back[i]) - values[i]) / greatest(values, count, i % size);
      worst = std::max(worst, std::abs(relative));
      sum += relative, squares += relative * relative;
    }
    const auto n = static_cast<double>(values.size());
    const double deviation = std::sqrt(squares / n);
    std::printf("%d steps: greatest error 1/%.1f of the greatest value, rms 1/%.0f, mean %.1e\n", count, 1 / worst, 1 / deviation, sum / n);
    EXPECT_LE(worst, 1 / 127.0 + 1e-7);
    EXPECT_GE(worst, 0.9 / 128);                                // the bound is no wider than it must be
    EXPECT_LE(deviation, 1 / (std::sqrt(12.0) * 64));           // a whole unit, evenly spread, where the unit is widest
    EXPECT_LE(std::abs(sum / n), 4 * deviation / std::sqrt(n)); // truncation would be 1/2 unit off: hundreds of deviations
  }
}

TEST(ByteCoding, multiples_of_the_unit_come_back_as_they_were) {
  std::vector<double> values;
  for (int integer = -127; integer <= 127; ++integer) values.push_back(integer);
  for (int integer = -127; integer <= 127; ++integer) values.push_back(integer % 2 ? 64 : -127);
  EXPECT_EQ(there_and_back(values, 2), values);
  for (double& value : values) value = std::ldexp(value, -400);
  EXPECT_EQ(there_and_back(values, 2, storage_scale<double>(std::ldexp(127, -400))), values) << "beyond single precision";
}

TEST(ByteCoding, what_is_zero_or_denormal_or_not_finite_does_no_harm) {
  const float tiny = std::numeric_limits<float>::denorm_min(), infinity = std::numeric_limits<float>::infinity(), none = NAN;
  // Points: all zero; denormal; a NaN beside a number; an infinity beside a number; all NaN; the greatest number that there is.
  const std::vector<float> values = {0, tiny, none, infinity, none, std::numeric_limits<float>::max(),
                                     0, -tiny, 0.75f, 1, none, 1};
  const auto back = there_and_back(values, 2);
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(std::isfinite(back[i]), i != 3) << i;
  for (const int zero : {0, 1, 6, 7}) EXPECT_EQ(back[zero], 0);
  EXPECT_EQ(back[8], 0.75f);
  EXPECT_NEAR(back[5] / values[5], 1, 1 / 127.0);
}

TEST(StorageScale, takes_a_bound_to_half_of_what_16_bits_hold) {
  for (const double bound : {1e-200, 3e-12, 0.7, 1.0, 5e3, 1e150}) {
    const double scaled = bound * storage_scale<double>(bound);
    EXPECT_GT(scaled, 16384) << bound;
    EXPECT_LE(scaled, 32768) << bound;
  }
  for (const double bound : {1e-300, 1e-37, 1e-31, 1e31, 3e38}) {
    const float scale = storage_scale<float>(bound);
    EXPECT_TRUE(std::isnormal(scale) && std::isnormal(1 / scale)) << bound;
  }
  EXPECT_EQ(storage_scale<float>(0), 1);
}

}  // namespace bornflow
