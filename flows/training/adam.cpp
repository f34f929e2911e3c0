#include "flows/training/adam.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

// "level1.conv2.weight" and "level1.conv1.weight_x", by the last part of the name.
bool is_weight(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return name.compare(dot == std::string::npos ? 0 : dot + 1, 6, "weight") == 0;
}

// A row of the flat buffer: what one kernel index works on.
constexpr std::int64_t row = kernels_run_on_host ? 4096 : 1;

}  // namespace

Adam::Adam(const Parameters<float>& parameters, const Options& options)
    : options_(options),
      first_moment_("bornflow::Adam::first_moment", parameters.size()),
      second_moment_("bornflow::Adam::second_moment", parameters.size()),
      decays_("bornflow::Adam::decays", parameters.size()) {
  const auto decays = Kokkos::create_mirror_view(decays_);
  for (const ParameterSlice& slice : parameters.slices())
    if (is_weight(slice.name))
      for (std::size_t i = 0; i < slice.size; ++i) decays(slice.offset + i) = 1;
  Kokkos::deep_copy(decays_, decays);
}

void Adam::step(Parameters<float>& parameters, double learning_rate, double gradient_scale) {
  BORNFLOW_REQUIRE(parameters.size() == first_moment_.extent(0), "Adam was made for other parameters");
  ++steps_;
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  const float beta1 = static_cast<float>(options_.beta1), beta2 = static_cast<float>(options_.beta2);
  const float keep1 = static_cast<float>(1 - options_.beta1), keep2 = static_cast<float>(1 - options_.beta2);
  const float rate = static_cast<float>(learning_rate / correction1);
  const float root = static_cast<float>(1 / std::sqrt(correction2));
  const float epsilon = static_cast<float>(options_.epsilon), scale = static_cast<float>(gradient_scale);
  const float decay = static_cast<float>(learning_rate * options_.weight_decay);

  const std::int64_t size = static_cast<std::int64_t>(parameters.size());
  const auto values = parameters.values(), gradients = parameters.gradients();
  const auto first = first_moment_, second = second_moment_, decays = decays_;
  Kokkos::parallel_for(
      "bornflow::Adam::step", Kokkos::RangePolicy<ExecutionSpace>(0, (size + row - 1) / row),
      KOKKOS_LAMBDA(const std::int64_t r) {
        const std::int64_t begin = r * row, end = begin + row < size ? begin + row : size;
        float* __restrict__ w = values.data();
        float* __restrict__ m = first.data();
        float* __restrict__ v = second.data();
        const float* __restrict__ g = gradients.data();
        const float* __restrict__ d = decays.data();
#pragma omp simd
        for (std::int64_t i = begin; i < end; ++i) {
          const float gradient = scale * g[i];
          m[i] = beta1 * m[i] + keep1 * gradient;
          v[i] = beta2 * v[i] + keep2 * gradient * gradient;
          const float decayed = v[i] > 0 ? decay * d[i] * w[i] : 0;
          w[i] -= rate * m[i] / (root * sqrtf(v[i]) + epsilon) + decayed;
        }
      });
}

}  // namespace bornflow
