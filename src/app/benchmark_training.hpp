#pragma once

#include "bornflow/report/json_writer.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// Times one step of training of the flow of [flow]; logs it and writes the member "training". All ranks work at once: the
/// fraction is of what the same ranks reach in the same run with plain multiply-adds.
void benchmark_training(const RunContext& run, JsonWriter& json);

}  // namespace bornflow
