#pragma once

#include <vector>

#include "bornflow/grid/grid.hpp"
#include "solvers/inversion/symmetric_smoother.hpp"

namespace bornflow {

/// The variables y that an optimiser sees instead of the model: m = m0 + P y, P = W S D.
///
///   D   diagonal scaling, the preconditioner: with D^-2 near the diagonal of J^T J, f bends alike along every y
///   S   symmetric smoothing, as wide as the changes of the model shall be at least
///   W   mask: 1 where the model may change, 0 where it is known (water, rim)
///
/// The gradient in y is P^T g = D S W g, exactly. m and m0 in s^2/km^2, (z, y, x).
class ModelVariables {
public:
  /// `smoother` is referred to. `scaling` positive.
  ModelVariables(std::vector<double> start, std::vector<float> mask, const SymmetricSmoother& smoother,
                 std::vector<double> scaling);

  std::size_t size() const { return start_.size(); }
  const std::vector<double>& start() const { return start_; }
  std::vector<double> change(const std::vector<double>& y) const;       ///< P y
  std::vector<double> model(const std::vector<double>& y) const;        ///< m0 + P y
  std::vector<double> gradient(std::vector<double> g) const;            ///< P^T g

  /// Bounds on y that keep m0 + P y in [low, high] at every free point, given that m0 is in there.
  ///
  /// Each point of S D y is a mean of its surroundings. So it is enough that no value of D y takes more than the point
  /// with the least room among those it reaches has: a box, which bound-constrained optimisers need. It is a little
  /// tighter than the exact set where m0 varies within the width of S.
  struct Bounds {
    std::vector<double> lower, upper;
  };
  Bounds bounds(double low, double high) const;

private:
  std::vector<double> start_;
  std::vector<float> mask_;
  const SymmetricSmoother& smoother_;
  std::vector<double> scaling_;
};

/// Sets the mask to zero on the outermost points of each axis. The absorbing layer continues the model of the rim, and
/// J keeps the layer as it is; only with a fixed rim is J^T r the whole gradient.
void freeze_rim(const Grid& grid, std::vector<float>& mask);

/// D = (I / mean(I) + 0.05)^(-1/2) with the illumination I of the sources (Propagator::illuminate) and its mean over the
/// free points. The constant keeps dark corners from being blown up by more than sqrt(20).
std::vector<double> illumination_scaling(const std::vector<double>& illumination, const std::vector<float>& mask);

}  // namespace bornflow
