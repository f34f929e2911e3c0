#pragma once

#include <functional>
#include <vector>

namespace bornflow {

/// min f(x) in a box, as an optimiser sees it.
struct BoundedProblem {
  std::function<double(const std::vector<double>& x, std::vector<double>& gradient)> evaluate;
  std::vector<double> lower, upper;   ///< may be infinite
};

struct DescentStep {
  int iteration = 0;                ///< 0: the start
  double value = 0;                 ///< f(x)
  double projected_gradient = 0;    ///< norm of the gradient without what points out of the box
  double length = 0;                ///< of the line search, in units of its search direction
  std::vector<double> x;
};

enum class DescentEnd {
  all_iterations,
  no_decrease,   ///< the gradient is zero, or no step along it lowers f in the precision at hand
  stopped        ///< by on_step
};

/// Limited-memory quasi-Newton steps in a box: PETSc TAO `blmvm` (Benson and More, ANL/MCS-P909-0901, 2001), with an empty
/// memory, of PETSc's five pairs. x is the start, and the best point in the end.
///
/// Every rank of an inversion makes the same steps by itself, on vectors of its own: with values and gradients of the
/// same bits, the iterates have the same bits on any number of ranks. The vectors cost nothing beside a wave.
///
/// `on_step` is told the start and every step, and ends the descent by false. Exceptions of both functions come out
/// here. NumericalError when f is not finite.
DescentEnd descend(const BoundedProblem& problem, int iterations, std::vector<double>& x,
                   const std::function<bool(const DescentStep&)>& on_step);

}  // namespace bornflow
