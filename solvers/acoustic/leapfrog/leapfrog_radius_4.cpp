#include "solvers/acoustic/leapfrog/leapfrog_launch.hpp"

namespace bornflow::detail {

BORNFLOW_COMPILE_KERNELS(4);

}  // namespace bornflow::detail
