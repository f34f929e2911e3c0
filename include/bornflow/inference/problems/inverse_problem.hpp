#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/base/random.hpp"
#include "bornflow/inference/batch.hpp"
#include "bornflow/inference/priors/uniform_ranges.hpp"

namespace bornflow {

/// Hidden numbers x with a prior, and data y that a simulation makes of them: all that likelihood-free inference knows.
/// Draws are functions of (seed, index), so that any rank can make any of them alone.
class InverseProblem {
public:
  virtual ~InverseProblem() = default;
  virtual std::vector<std::string> model_names() const = 0;   ///< one a number of x
  virtual int data_size() const = 0;
  int model_size() const { return static_cast<int>(model_names().size()); }

  /// x drawn from the prior.
  virtual void draw(RandomStream& stream, double* x) const = 0;
  /// y of x without noise.
  virtual void simulate(const double* x, double* y) const = 0;
  /// Adds the noise of a measurement to y; most problems have none.
  virtual void add_noise(RandomStream& stream, double* y) const { (void)stream, (void)y; }
  virtual int noise_size() const { return 0; }   ///< numbers of y that have noise: all or none

  /// The prior where it is uniform; else empty.
  virtual UniformRanges uniform_prior() const { return {}; }
};

/// Pairs of x and its data, one a row.
struct Pairs {
  Batch x, y;
  Batch noise;   ///< what y has of it; without columns where the problem has none
};

/// The pairs with the numbers first, first + 1, ...; pair i is a function of (seed, i).
Pairs draw_pairs(const InverseProblem& problem, int count, std::uint64_t seed, std::uint64_t first);
/// The data of each row without noise.
Batch simulate(const InverseProblem& problem, const Batch& x);

/// Standard deviation of each column: the unit in which distances are told.
std::vector<double> column_deviations(const Batch& batch);
/// Each column over its unit.
Batch in_units(Batch batch, const std::vector<double>& units);

}  // namespace bornflow
