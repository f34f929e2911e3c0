#pragma once

#include <map>
#include <string>
#include <vector>

#include "bornflow/config/parameter_registry.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/groups.hpp"
#include "bornflow/report/log.hpp"
#include "bornflow/report/stop_request.hpp"
#include "bornflow/report/timer.hpp"
#include "src/app/parameters/run_config.hpp"

namespace bornflow {

/// What a task is given: the parameters, the ranks, and the services of the run.
struct RunContext {
  const RunConfig& config;
  const ParameterRegistry& registry;
  const Groups& groups;
  RunFolder& folder;
  Log& log;
  Timers& timers;
  StopRequest& stop;
  std::map<std::string, std::string> input_digests;   ///< by section, of the file it names: it may hold other values tomorrow

  const Communicator& world() const { return groups.world(); }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(config.run.seed); }
};

/// How a task ended: its product is complete, or it stopped at a checkpoint and can go on later.
enum class TaskResult { complete, checkpointed };

}  // namespace bornflow
