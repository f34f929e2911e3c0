#pragma once

#include "src/app/adapters/flow_adapter.hpp"

namespace bornflow {

/// A flow of images (nz, nx) given images with one channel or more, channels last, as inference knows flows.
class ImageFlowAdapter final : public FlowAdapter {
public:
  struct Options {
    FlowArchitecture architecture;
    Training training;
    std::uint64_t seed = 1;
  };
  explicit ImageFlowAdapter(const Options& options)
      : FlowAdapter(make_flow<float>(options.architecture, options.seed), {options.architecture.nz, options.architecture.nx, 1},
                    {options.architecture.nz, options.architecture.nx, options.architecture.condition_channels},
                    Scales::of_all_numbers, options.training) {}
};

}  // namespace bornflow
