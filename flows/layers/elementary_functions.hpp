#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "bornflow/base/kokkos_compat.hpp"

/// exp and atan that vectorise. The float versions are branch-free polynomials within 2 units in the last place (the
/// mathematical library's are called one number at a time, and cost as much as a convolution); double takes the
/// library's.
namespace bornflow {

KOKKOS_INLINE_FUNCTION double arc_tangent(double x) { return std::atan(x); }
KOKKOS_INLINE_FUNCTION double exponential(double x) { return std::exp(x); }

/// atan x = atan(b) + atan((x - b) / (1 + b x)) with b in {0, 1, infinity} brings the argument below tan(pi/8), where
/// the Taylor series to t^17 is exact to 1e-8.
KOKKOS_INLINE_FUNCTION float arc_tangent(float x) {
  const float a = x < 0 ? -x : x;
  const bool large = a > 2.41421356f, middle = a > 0.41421356f;
  const float numerator = large ? -1.0f : middle ? a - 1.0f : a;
  const float denominator = large ? a : middle ? a + 1.0f : 1.0f;
  const float base = large ? 1.57079633f : middle ? 0.785398163f : 0.0f;
  const float t = numerator / denominator, z = t * t;
  float sum = 1.0f / 17;
  sum = sum * z - 1.0f / 15;
  sum = sum * z + 1.0f / 13;
  sum = sum * z - 1.0f / 11;
  sum = sum * z + 1.0f / 9;
  sum = sum * z - 1.0f / 7;
  sum = sum * z + 1.0f / 5;
  sum = sum * z - 1.0f / 3;
  const float value = base + (t + t * (z * sum));
  return x < 0 ? -value : value;
}

/// exp x = 2^n exp(r), |r| <= log(2) / 2, Taylor series to r^7; the exponent is limited to what a float can hold.
KOKKOS_INLINE_FUNCTION float exponential(float x) {
  const float bounded = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  constexpr float round_to_integer = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = bounded * 1.44269504f + round_to_integer;
  const float n = shifted - round_to_integer;
  const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;  // log 2 in two parts: the first product is exact
  float sum = 1.0f / 5040;
  sum = sum * r + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  return sum * power;
}

}  // namespace bornflow
