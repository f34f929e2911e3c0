#pragma once

#include <cstdio>
#include <string>

namespace bornflow {

/// A number as people read it in a log: `digits` significant ones, an exponent where it is very large or small.
inline std::string format_significant(double value, int digits = 4) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

}  // namespace bornflow
