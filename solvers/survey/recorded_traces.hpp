#pragma once

#include "solvers/survey/acquisition.hpp"

/// What concerns the traces of a shot that were recorded, and not those of absent receivers. Traces are (n_receivers, n_samples).
namespace bornflow {

/// Sets the traces that were not recorded to zero.
void mute_absent(const Acquisition& acquisition, int shot, float* traces);

/// The 98 % quantile of |samples|, which noise levels are relative to.
double strength(const Acquisition& acquisition, int shot, const float* traces);

/// Recorded traces that are zero throughout.
int count_zero_traces(const Acquisition& acquisition, int shot, const float* traces);

}  // namespace bornflow
