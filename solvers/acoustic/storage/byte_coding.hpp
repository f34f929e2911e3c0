#pragma once

#include <cstdint>

/// Numbers in 8 bits that share exponents: at each point, those of a group of steps have one. For keeping, not for computing.
namespace bornflow {

/// Steps that have one exponent.
constexpr int byte_group = 4;

/// bytes[step][point], exponents[point] <- scale values[step][point] of `count` <= byte_group steps and `size` points.
///
/// With 2^e <= max |value| < 2^(e+1) over the steps of a point, its values become multiples of 2^(e-6), rounded to nearest. No error
/// is greater than max |value| / 127, where the greatest itself does not fit, else than max |value| / 128; errors have no
/// preferred sign. Groups whose greatest is below 2^-120 become zero. `scale` is a power of two that takes values to where
/// single precision has them. Infinity stays infinite, NaN becomes some number.
template <class T>
void encode_bytes(const T* values, int count, std::int64_t size, T scale, std::int8_t* bytes, std::uint8_t* exponents);

/// values[point] <- weight times the numbers of one step.
template <class T>
void decode_bytes(const std::int8_t* bytes, const std::uint8_t* exponents, std::int64_t size, T weight, T* values);

}  // namespace bornflow
