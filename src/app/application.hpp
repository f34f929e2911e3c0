#pragma once

#include <string>
#include <vector>

#include "bornflow/config/parameter_registry.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "src/app/command_line.hpp"
#include "src/app/parameters/run_config.hpp"
#include "src/app/run_context.hpp"

namespace bornflow {

/// The program between the start of the runtime and its end.
class Application {
public:
  /// Reads the command line and the parameter file. What it throws, it throws on every rank alike. Collective.
  Application(const Communicator& world, const std::vector<std::string>& arguments);

  /// Whether tasks were asked for, and not help, a dry run and the like, which need no particular ranks.
  bool runs_tasks() const { return line_.action == CommandLine::Action::run; }

  /// Does what was asked for. A rank may throw alone. Collective.
  void run();

private:
  void run_tasks();
  /// `records`: whether manifest.json and timings.json are to tell of this call.
  void run_tasks_in(const RunContext& run, const std::vector<std::string>& tasks, bool records);

  const Communicator& world_;
  std::vector<std::string> arguments_;
  CommandLine line_;
  RunConfig config_;
  ParameterRegistry registry_;
};

}  // namespace bornflow
