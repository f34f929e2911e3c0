#include "flows/training/weight_average.hpp"

#include <algorithm>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

WeightAverage::WeightAverage(const Parameters<float>& parameters, double decay) : decay_(decay) {
  if (!(decay >= 0 && decay < 1))
    throw UserError("training: ema_decay = " + std::to_string(decay) + ", must be at least 0 and below 1");
  if (!is_on()) return;
  values_ = DeviceArray<float>("bornflow::WeightAverage::values", parameters.size());
  Kokkos::deep_copy(values_, parameters.values());
}

void WeightAverage::update(const Parameters<float>& parameters) {
  if (!is_on()) return;
  ++updates_;
  const double t = static_cast<double>(updates_);
  const float take = static_cast<float>(1 - std::min(decay_, (1 + t) / (10 + t)));
  constexpr std::int64_t row = kernels_run_on_host ? 4096 : 1;
  const std::int64_t size = static_cast<std::int64_t>(parameters.size());
  const auto average = values_, values = parameters.values();
  Kokkos::parallel_for(
      "bornflow::WeightAverage::update", Kokkos::RangePolicy<ExecutionSpace>(0, (size + row - 1) / row),
      KOKKOS_LAMBDA(const std::int64_t r) {
        const std::int64_t begin = r * row, end = begin + row < size ? begin + row : size;
        float* __restrict__ a = average.data();
        const float* __restrict__ w = values.data();
#pragma omp simd
        for (std::int64_t i = begin; i < end; ++i) a[i] += take * (w[i] - a[i]);
      });
}

void WeightAverage::swap(Parameters<float>& parameters) {
  if (!is_on()) return;
  const DeviceArray<float> weights("bornflow::WeightAverage::weights", parameters.size());
  Kokkos::deep_copy(weights, parameters.values());
  Kokkos::deep_copy(parameters.values(), values_);
  Kokkos::deep_copy(values_, weights);
}

}  // namespace bornflow
