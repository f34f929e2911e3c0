#include "bornflow/inference/methods/langevin.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

Batch langevin_samples(const LogDensity& target, const LangevinOptions& options) {
  RandomStream stream(options.seed, Purpose::test, 0x6c616e67);  // a stream of its own
  Batch x(1, target.size());
  for (double& value : x.values) value = stream.normal();
  std::vector<double> v(x.values.size());
  const int first = static_cast<int>(options.discard * options.iterations);
  Batch kept((options.iterations - first + options.thin - 1) / options.thin, target.size());
  for (int i = 0, n = 0; i < options.iterations; ++i) {
    const LogValues at = target.with_gradients(x);
    if (!std::isfinite(at.values[0]))
      throw NumericalError("the Langevin chain diverged in iteration " + std::to_string(i) +
                           ". Choose a smaller [refine] langevin_step.");
    for (std::size_t c = 0; c < v.size(); ++c) {
      const double g = -at.gradients.values[c];
      v[c] = options.rho * v[c] + (1 - options.rho) * g * g;
      const double scaled_step = options.step / (std::sqrt(v[c]) + options.epsilon);
      x.values[c] -= scaled_step * g + std::sqrt(2 * scaled_step) * stream.normal();
    }
    if (i >= first && (i - first) % options.thin == 0) std::copy(x.values.begin(), x.values.end(), kept.row(n++));
  }
  return kept;
}

}  // namespace bornflow
