#pragma once

#include "flows/training/flow_file.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// The flow of flow.h5. UserError when 'train' has not made it with these parameters; DataError when the file is damaged, of
/// another version, or holds another network than [flow] and [grid] describe. Collective.
LoadedFlow load_trained_flow(const RunContext& run);

}  // namespace bornflow
