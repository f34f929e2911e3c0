#pragma once

namespace bornflow {

/// Fused multiply-adds in single precision that this core reaches when nothing else limits it [GFLOP/s]: independent
/// chains in registers, the best of a few repetitions. The yardstick of the training's speed.
double fma_peak_gflops();

}  // namespace bornflow
