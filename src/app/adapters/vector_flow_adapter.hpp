#pragma once

#include "flows/network/vector_flow.hpp"
#include "src/app/adapters/flow_adapter.hpp"

namespace bornflow {

/// A flow of vectors as inference knows flows.
class VectorFlowAdapter final : public FlowAdapter {
public:
  struct Options {
    VectorFlowArchitecture architecture;
    Adam::Options adam;
    double clip_norm = 0;  ///< bound on the norm of a gradient; 0: none
    std::uint64_t seed = 1;
  };
  explicit VectorFlowAdapter(const Options& options)
      : FlowAdapter(make_vector_flow<float>(options.architecture, options.seed), {1, 1, options.architecture.size},
                    {1, 1, options.architecture.condition_size}, Scales::of_each_number,
                    {options.adam, options.clip_norm, nullptr}) {}
};

}  // namespace bornflow
