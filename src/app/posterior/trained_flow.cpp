#include "src/app/posterior/trained_flow.hpp"

#include <string>

#include "bornflow/base/error.hpp"
#include "flows/training/architecture_fields.hpp"
#include "src/app/posterior/flow_options.hpp"
#include "src/app/products.hpp"

namespace bornflow {

LoadedFlow load_trained_flow(const RunContext& run) {
  const std::string path = require_product(Product::flow, run);
  LoadedFlow flow = load_flow(run.world(), path);
  const std::string found = architecture_text(flow.header.architecture), asked = architecture_text(make_architecture(run.config));
  if (found != asked)
    throw DataError(path + " holds another network (" + found + ") than [flow] and [grid] describe (" + asked +
                    "). Remove it and run 'bornflow train', or put the right file back.");
  return flow;
}

}  // namespace bornflow
