#pragma once

#include <cstdint>
#include <vector>

#include "bornflow/inference/problems/inverse_problem.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Approximate Bayesian computation by rejection: of many draws of the prior, those whose simulated data are nearest to the
/// observed ones are samples of a posterior that becomes exact as the distance goes to zero (Tavare et al. 1997; Beaumont
/// et al. 2002, who choose the distance as a quantile).
struct RejectionOptions {
  std::int64_t draws = 1000000;
  int keep = 1000;             ///< most samples of each posterior: the nearest
  double tolerance = 0;        ///< largest distance that is kept [units]; 0: whatever `keep` draws need
  std::vector<double> units;   ///< of each number of the data
  std::uint64_t seed = 1, first = 0;   ///< draws are those with the numbers first, first + 1, ... of this seed
};

struct RejectionPosterior {
  Batch samples;            ///< nearest first
  double tolerance = 0;     ///< distance of the farthest sample [units]
};

/// The posterior of every row of `observed`, by one set of draws that the ranks share out. The result is the same to the
/// bit on any number of ranks. Collective. UserError when the tolerance keeps less than two.
std::vector<RejectionPosterior> rejection_sampling(const InverseProblem& problem, const Batch& observed,
                                                   const RejectionOptions& options, const Communicator& comm);

}  // namespace bornflow
