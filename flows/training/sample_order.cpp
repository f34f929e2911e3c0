#include "flows/training/sample_order.hpp"

#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

SampleOrder::SampleOrder(std::int64_t n_samples, std::uint64_t seed, int epoch)
    : n_samples_(n_samples), epoch_(static_cast<std::uint32_t>(epoch)) {
  BORNFLOW_REQUIRE(n_samples > 0, "the order of no samples");
  while ((std::int64_t{1} << (2 * half_bits_)) < n_samples_) ++half_bits_;
  RandomStream stream(seed, Purpose::training_order, epoch_);
  key_ = {stream.bits(), stream.bits()};
}

std::uint64_t SampleOrder::permute(std::uint64_t value) const {
  const std::uint32_t mask = static_cast<std::uint32_t>((std::uint64_t{1} << half_bits_) - 1);
  std::uint32_t left = static_cast<std::uint32_t>(value >> half_bits_), right = static_cast<std::uint32_t>(value) & mask;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const std::uint32_t mixed = left ^ (philox({right, round, epoch_, 0}, key_)[0] & mask);
    left = right;
    right = mixed;
  }
  return (static_cast<std::uint64_t>(left) << half_bits_) | right;
}

std::int64_t SampleOrder::sample(std::int64_t position) const {
  BORNFLOW_REQUIRE(position >= 0 && position < n_samples_,
                   "position " + std::to_string(position) + " is outside " + std::to_string(n_samples_) + " samples");
  // The domain is less than four times n, so the walk takes four steps on average and always comes back.
  std::uint64_t value = permute(static_cast<std::uint64_t>(position));
  while (value >= static_cast<std::uint64_t>(n_samples_)) value = permute(value);
  return static_cast<std::int64_t>(value);
}

EpochSteps epoch_steps(std::int64_t n_training, int batch) {
  if (batch < 1) throw UserError("training: batch = " + std::to_string(batch) + ", must be at least 1");
  if (n_training < 1) throw UserError("training: no training sample is left; lower validation or make more pairs");
  EpochSteps result;
  result.batch = static_cast<int>(n_training < batch ? n_training : batch);
  result.steps = static_cast<int>(n_training / result.batch);
  return result;
}

}  // namespace bornflow
