#pragma once

#include "src/app/parameters/error_list.hpp"
#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// Rules of pairs, flow and training on images of waves. Adds what is broken to `errors`.
void check_learning(const RunConfig& config, ErrorList& errors);

/// Rules of [problem] kinds other than waves; nothing of waves is read. Adds what is broken to `errors`.
void check_known_problem(const RunConfig& config, ErrorList& errors);

}  // namespace bornflow
