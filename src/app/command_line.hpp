#pragma once

#include <string>
#include <vector>

namespace bornflow {

/// What was asked for on the command line.
struct CommandLine {
  enum class Action { run, help, help_parameters, version, print_parameters, dry_run };
  Action action = Action::run;
  std::string task;                     ///< "run" or the name of a task
  std::string parameter_file;
  std::string help_section;             ///< of --help-parameters; empty: all
  std::vector<std::string> overrides;   ///< "--section.key=value"
};

/// Reads `bornflow <task> <file.cfg> [--section.key=value ...] [--dry-run | --print-parameters]`. Throws UserError with
/// the nearest known word for a task or option that does not exist.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// The text of --help.
std::string usage();

}  // namespace bornflow
