#pragma once

#include <array>
#include <cstdint>

namespace bornflow {

/// The order in which one epoch draws the training samples: position -> sample, a permutation of [0, n).
///
/// A keyed Feistel network on the smallest even number of bits that holds n, with Philox as its round function; positions
/// that land outside [0, n) walk on along their cycle until they are inside (Black and Rogaway, CT-RSA 2002). It is a pure
/// function of (seed, epoch, position): any rank finds any sample alone, and a restart has no state to restore.
class SampleOrder {
public:
  SampleOrder(std::int64_t n_samples, std::uint64_t seed, int epoch);

  std::int64_t size() const { return n_samples_; }
  /// The sample at `position`, both in [0, n).
  std::int64_t sample(std::int64_t position) const;

private:
  std::uint64_t permute(std::uint64_t value) const;

  static constexpr int rounds = 8;  // four suffice for large domains; small ones mix better with more
  std::int64_t n_samples_;
  int half_bits_ = 1;
  std::array<std::uint32_t, 2> key_;
  std::uint32_t epoch_;
};

/// How an epoch is cut into steps: from global counts only, so that every rank takes the same number of steps.
struct EpochSteps {
  int batch = 0;  ///< samples of one step over all ranks: the wanted batch, or all samples when there are fewer
  int steps = 0;  ///< full batches in an epoch; the remainder (other samples in each epoch) waits for the next epoch
};

/// Throws UserError when there is no sample or the batch is not positive.
EpochSteps epoch_steps(std::int64_t n_training, int batch);

}  // namespace bornflow
