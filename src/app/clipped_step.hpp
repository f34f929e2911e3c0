#pragma once

#include "flows/training/adam.hpp"

namespace bornflow {

/// One step of Adam with the gradients that have gathered, whose norm is brought down to `clip_norm` (0: as it is); then they
/// are zero again. Returns the norm before; where that is not finite the parameters stay.
double clipped_step(Parameters<float>& parameters, Adam& adam, double learning_rate, double clip_norm);

}  // namespace bornflow
