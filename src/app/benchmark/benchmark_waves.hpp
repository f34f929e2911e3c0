#pragma once

#include "bornflow/report/json_writer.hpp"
#include "src/app/run_context.hpp"

/// Timings of waves and files: each logs a table and writes a member of benchmark.json. All ranks work at once; rates are
/// sums over the ranks, fractions are of what the same ranks reach in the same run with a plain stream.
namespace bornflow {

/// "waves": forward and fused Born steps; "halos": the exchange alone, where the grid of a group is cut.
void benchmark_waves(const RunContext& run, JsonWriter& json);

/// "gradients": forward, Born and gradient of one shot with each storage of [benchmark] storages.
void benchmark_gradients(const RunContext& run, JsonWriter& json);

/// "files": one product-like file written by all ranks, and read back.
void benchmark_files(const RunContext& run, JsonWriter& json);

}  // namespace bornflow
