#pragma once

#include <array>
#include <cstdint>

/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC 2011).
///
/// A stream is a function of (seed, purpose, item), so any rank can make item i alone and a restart needs no state.
namespace bornflow {

/// What a stream is for; streams of different purposes never overlap.
enum class Purpose : std::uint32_t {
  prior = 1, data_noise = 2, training_order = 3, augmentation = 4, weights = 5, latent = 6, test = 7, validation = 8,
  known_rows = 9, amplitude = 10, verification = 11, encoding = 12
};

/// One 128-bit block of the generator: key and counter in, four 32-bit numbers out.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class RandomStream {
public:
  /// Stream of `item` (a sample, a shot, a step) for one `purpose`; `sub_item` splits it further.
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t item, std::uint32_t sub_item = 0);

  std::uint32_t bits();
  double uniform();                       ///< in (0, 1), never 0 or 1
  double uniform(double low, double high);
  int integer(int low, int high);         ///< low and high included, without bias
  double normal();                        ///< standard normal, Box-Muller

private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace bornflow
