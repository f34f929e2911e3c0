#include "solvers/acoustic/leapfrog/leapfrog_launch.hpp"

namespace bornflow::detail {

BORNFLOW_COMPILE_STEPS_OF(float, 0);
BORNFLOW_COMPILE_STEPS_OF(double, 0);

}  // namespace bornflow::detail
