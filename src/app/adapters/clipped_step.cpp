#include "src/app/adapters/clipped_step.hpp"

#include <cmath>

namespace bornflow {

namespace {

double norm_of(const DeviceArray<float>& gradients) {
  double squares = 0;
  Kokkos::parallel_reduce(
      "bornflow::clipped_step::gradient_norm", Kokkos::RangePolicy<ExecutionSpace>(0, gradients.extent(0)),
      KOKKOS_LAMBDA(const std::size_t i, double& sum) { sum += double(gradients(i)) * double(gradients(i)); }, squares);
  return std::sqrt(squares);
}

}  // namespace

double clipped_step(Parameters<float>& parameters, Adam& adam, const StepSize& size, GradientReduction* over_ranks) {
  const auto gradients = parameters.gradients();
  const double norm = over_ranks ? over_ranks->sum(gradients) : norm_of(gradients);
  if (std::isfinite(norm)) adam.step(parameters, size.learning_rate, clip_scale(norm, size.clip_norm));
  parameters.zero_gradients();
  return norm;
}

}  // namespace bornflow
