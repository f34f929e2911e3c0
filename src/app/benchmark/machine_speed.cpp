#include "src/app/benchmark/machine_speed.hpp"

#include <algorithm>
#include <chrono>

namespace bornflow {

double fma_peak_gflops() {
#ifdef __AVX512F__
  constexpr int lanes = 16;
#else
  constexpr int lanes = 8;
#endif
  // Twelve chains cover latency times throughput of the FMA units of today's cores, and stay in registers.
  constexpr int chains = 12;
  typedef float Vector __attribute__((vector_size(4 * lanes)));
  constexpr long steps = 4'000'000;
  double best = 0;
  volatile float sink = 0;
  for (int repetition = 0; repetition < 5; ++repetition) {
    Vector sums[chains];
    for (int k = 0; k < chains; ++k) sums[k] = Vector{} + 1.0f / (k + 1);
    const Vector factor = Vector{} + 0.999f, term = Vector{} + 0.001f;
    const auto start = std::chrono::steady_clock::now();
    for (long step = 0; step < steps; ++step)
#pragma GCC unroll 12
      for (int k = 0; k < chains; ++k) sums[k] = sums[k] * factor + term;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    for (int k = 0; k < chains; ++k) sink = sink + sums[k][0];
    best = std::max(best, 2.0 * lanes * chains * steps / seconds.count() / 1e9);
  }
  return best;
}

}  // namespace bornflow
