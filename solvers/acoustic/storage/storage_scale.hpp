#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace bornflow {

/// The power of two that takes `bound` to (16384, 32768], half of what 16 bits hold; nearer to 1 where T has not that power or
/// not its reciprocal: there `bound` is at the end of T's own range.
template <class T>
T storage_scale(double bound) {
  if (!(bound > 0)) return 1;
  constexpr int most = std::numeric_limits<T>::max_exponent - 2;
  return std::ldexp(T(1), std::clamp(15 - static_cast<int>(std::ceil(std::log2(bound))), -most, most));
}

}  // namespace bornflow
