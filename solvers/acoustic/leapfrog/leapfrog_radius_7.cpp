#include "solvers/acoustic/leapfrog/leapfrog_launch.hpp"

namespace bornflow::detail {

BORNFLOW_COMPILE_KERNELS(7);

}  // namespace bornflow::detail
