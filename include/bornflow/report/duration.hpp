#pragma once

#include <string>

namespace bornflow {

/// Seconds as hh:mm:ss, rounded to the nearest second; hours go beyond 99. "--:--:--" when negative or not finite.
std::string format_duration(double seconds);

}  // namespace bornflow
