#pragma once

#include <vector>

#include "src/app/adapters/vector_flow_adapter.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// KL(flow | posterior) of one random operator at the end of inferences of Race::updates updates each [nats].
struct RaceResult {
  /// The first is that of the low-fidelity flow itself. NaN after the first that is below the limit and as near as
  /// `scratch` ends: what follows decides nothing.
  std::vector<double> preconditioned;
  std::vector<double> scratch;
};

/// Preconditioned inference against inference from scratch. Along one inference the divergence swings by the step size,
/// and when it is small for the first time is luck. So each length is an inference of its own, whose step size falls to
/// zero over it: what a user gets for so many updates.
struct Race {
  std::vector<int> updates;   ///< ascending, from 0 to those of [refine] scratch_epochs
  std::vector<RaceResult> operators;

  struct Needed {
    double preconditioned = 0, scratch = 0;   ///< updates; infinity where none of the lengths suffices
  };
  /// Updates until the divergence is `limit`, between two lengths by a straight line in log(KL).
  std::vector<Needed> to_limit(double limit) const;
  /// Updates until the divergence is that of the longest inference from scratch: how the original compares them, by 5
  /// epochs and 25.
  std::vector<Needed> to_end_of_scratch() const;
};

/// One low-fidelity flow, and [refine] operators random operators with data of their own: the first is that of
/// make_rosenbrock(). Both inferences have the same network, batches and step sizes, and the same latents, each seen
/// once; divergences are by the samples of `monitor`. Collective on the world, whose ranks share out the operators and must
/// come with the same flow.
Race race_on_operators(const RunContext& run, const VectorFlowAdapter& low_fidelity, double limit,
                       const Batch& monitor);

/// scratch / preconditioned of each operator, ascending. Less than one update counts as one; where inference from
/// scratch does not arrive, all updates that it had; where the preconditioned does not, the ratio is zero.
std::vector<double> ratios(const std::vector<Race::Needed>& needed, int all_updates);

/// Quantile of ascending numbers, between two by a straight line.
double quantile(const std::vector<double>& ascending, double part);

}  // namespace bornflow
