#pragma once

#include "bornflow/report/json_writer.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// Times one step of training of the flow of [flow] (gradient, its sum over the ranks, Adam), and sampling; logs them and
/// writes the members "training" and "sampling". All ranks work at once, each on its share of [train] batch: the fraction is
/// of what the same ranks reach in the same run with plain multiply-adds. With [benchmark] keep_network, rank 0 writes
/// network.h5: the flow as in flow.h5, and /x, /condition and /loss of one batch.
void benchmark_training(const RunContext& run, JsonWriter& json);

}  // namespace bornflow
