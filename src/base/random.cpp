#include "bornflow/base/random.hpp"

#include <cmath>

namespace bornflow {

namespace {

constexpr double two_pi = 6.283185307179586476925286766559;

std::uint64_t mix(std::uint64_t x) {  // splitmix64 finaliser: spreads neighbouring seeds over the key space
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * c[0];
    const std::uint64_t p1 = 0xCD9E8D57ull * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

RandomStream::RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t item, std::uint32_t sub_item) {
  const std::uint64_t key = mix(seed ^ (static_cast<std::uint64_t>(purpose) << 56));
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  counter_ = {0, sub_item, static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32)};
}

std::uint32_t RandomStream::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

double RandomStream::uniform() { return (bits() + 0.5) * (1.0 / 4294967296.0); }

double RandomStream::uniform(double low, double high) { return low + (high - low) * uniform(); }

int RandomStream::integer(int low, int high) {
  const std::uint64_t range = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low) + 1;
  const std::uint64_t limit = (1ull << 32) / range * range;  // draws above it would favour small values
  std::uint64_t draw = bits();
  while (draw >= limit) draw = bits();
  return static_cast<int>(low + static_cast<std::int64_t>(draw % range));
}

double RandomStream::normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = two_pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

}  // namespace bornflow
