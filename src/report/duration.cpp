#include "bornflow/report/duration.hpp"

#include <cmath>
#include <cstdio>

namespace bornflow {

std::string format_duration(double seconds) {
  constexpr double longest = 3.6e9;  // a million hours: an estimate from a rate of nearly zero
  if (!(seconds >= 0 && seconds < longest)) return "--:--:--";
  const long whole = std::lround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%02ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

}  // namespace bornflow
