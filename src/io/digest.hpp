#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace bornflow {

/// FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923).
class Digest {
public:
  void add(const char* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) state_ = (state_ ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
  }
  std::string hex() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(state_));
    return text;
  }

private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace bornflow
