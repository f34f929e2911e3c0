#pragma once

#include "flows/training/adam.hpp"
#include "flows/training/gradient_reduction.hpp"

namespace bornflow {

struct StepSize {
  double learning_rate = 1e-3;
  double clip_norm = 0;   ///< bound on the norm of the gradient; 0: none
};

/// One step of Adam with the gradients that have gathered, on all ranks together where there is a reduction; then they are
/// zero again. Returns their norm before it was clipped; where that is not finite the parameters stay. Collective with a
/// reduction.
double clipped_step(Parameters<float>& parameters, Adam& adam, const StepSize& size, GradientReduction* over_ranks = nullptr);

}  // namespace bornflow
