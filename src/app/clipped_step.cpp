#include "src/app/clipped_step.hpp"

#include <cmath>

namespace bornflow {

double clipped_step(Parameters<float>& parameters, Adam& adam, double learning_rate, double clip_norm) {
  const auto gradients = parameters.gradients();
  double squares = 0;
  Kokkos::parallel_reduce(
      "bornflow::clipped_step::gradient_norm", Kokkos::RangePolicy<ExecutionSpace>(0, gradients.extent(0)),
      KOKKOS_LAMBDA(const std::size_t i, double& sum) { sum += double(gradients(i)) * double(gradients(i)); }, squares);
  const double norm = std::sqrt(squares);
  if (std::isfinite(norm)) adam.step(parameters, learning_rate, clip_scale(norm, clip_norm));
  parameters.zero_gradients();
  return norm;
}

}  // namespace bornflow
