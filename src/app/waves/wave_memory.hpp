#pragma once

#include "bornflow/report/log.hpp"
#include "solvers/acoustic/born_operator.hpp"

namespace bornflow {

/// Tells the log, before any of it is allocated, what the background wavefields of `n_shots` shots on this rank take in
/// every storage. UserError when not even one fits the limit of `born`.
void require_memory(Log& log, const BornOperator<float>& born, int n_shots);

}  // namespace bornflow
