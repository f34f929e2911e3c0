#include "src/app/waves/wave_memory.hpp"

#include <string>

namespace bornflow {

void require_memory(Log& log, const BornOperator<float>& born, int n_shots) {
  log.line("background wavefield of a shot: " + describe_every_storage(born.storage(), born.propagator().storage_problem()) +
           "; " + std::to_string(born.backgrounds_kept(n_shots)) + " of " + std::to_string(n_shots) + " are kept on a rank");
  born.require_adjoint_fits();
}

}  // namespace bornflow
