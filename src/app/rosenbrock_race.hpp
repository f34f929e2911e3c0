#pragma once

#include <vector>

#include "src/app/run_context.hpp"
#include "src/app/vector_flow_adapter.hpp"

namespace bornflow {

/// How many updates of variational inference bring a flow to the posterior of one random operator, from the low-fidelity
/// flow and from scratch; -1 when it does not get there.
struct RaceResult {
  double divergence = 0;   ///< KL(low-fidelity flow | posterior) before any update [nats]
  int preconditioned = -1, scratch = -1;
};

/// One low-fidelity flow, and [refine] operators random operators with data of their own: the first is that of
/// make_rosenbrock(). Both inferences have the same network, latents, batches and step sizes; arrived is who has
/// KL(flow | posterior) <= `limit`, by the samples of `monitor`.
std::vector<RaceResult> race_on_operators(const RunContext& run, const VectorFlowAdapter& low_fidelity, double limit,
                                          const Batch& monitor);

/// Median of scratch / preconditioned. A flow that is there before its first update counts as one update; one that never
/// arrives counts as `updates`, all that it had.
double median_ratio(const std::vector<RaceResult>& results, int updates);

}  // namespace bornflow
