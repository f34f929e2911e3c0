#include "src/app/command_line.hpp"

#include "bornflow/base/error.hpp"
#include "bornflow/config/suggestion.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

namespace {

const std::vector<std::string> options = {"--help", "--help-parameters", "--version", "--dry-run", "--print-parameters"};

bool starts_with(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

std::vector<std::string> words_for_tasks() {
  std::vector<std::string> words = task_names();
  words.insert(words.begin(), "run");
  return words;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  for (const auto& candidate : words)
    if (candidate == word) return true;
  return false;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.action = CommandLine::Action::help;
      return line;
    }
    if (argument == "--version") {
      line.action = CommandLine::Action::version;
      return line;
    }
    if (argument == "--help-parameters" || starts_with(argument, "--help-parameters=")) {
      line.action = CommandLine::Action::help_parameters;
      if (argument.find('=') != std::string::npos) line.help_section = argument.substr(argument.find('=') + 1);
      else if (i + 1 < arguments.size() && !starts_with(arguments[i + 1], "-")) line.help_section = arguments[i + 1];
      return line;
    }
    if (argument == "--dry-run") line.action = CommandLine::Action::dry_run;
    else if (argument == "--print-parameters") line.action = CommandLine::Action::print_parameters;
    else if (starts_with(argument, "--") && argument.find('.') != std::string::npos) line.overrides.push_back(argument);
    else if (starts_with(argument, "-"))
      throw UserError("command line: " + argument + " is not an option." + did_you_mean(argument, options) +
                      " Parameters are given as --section.key=value.");
    else words.push_back(argument);
  }
  if (words.empty()) {
    line.action = CommandLine::Action::help;
    return line;
  }
  line.task = words[0];
  if (!contains(words_for_tasks(), line.task))
    throw UserError("command line: '" + line.task + "' is not a task." + did_you_mean(line.task, words_for_tasks()) +
                    " 'bornflow --help' lists the tasks.");
  if (words.size() < 2) throw UserError("command line: 'bornflow " + line.task + "' needs a parameter file, as in 'bornflow " +
                                        line.task + " inputs/quickstart.cfg'.");
  if (words.size() > 2) throw UserError("command line: '" + words[2] + "' is one word too many.");
  line.parameter_file = words[1];
  return line;
}

std::string usage() {
  std::string text =
      "usage: bornflow <task> <file.cfg> [--section.key=value ...] [--dry-run] [--print-parameters]\n"
      "       bornflow --help | --version | --help-parameters [section]\n\n"
      "tasks:\n  run        the tasks of [run] tasks, in order; skips what is complete, resumes what is half done\n";
  for (const Task& task : all_tasks()) {
    text += "  " + task.name + std::string(11 - task.name.size(), ' ') + task.help + "\n";
  }
  text +=
      "\noptions:\n"
      "  --dry-run             check parameters and input files; print time step, memory of the waves and size of pairs.h5\n"
      "  --print-parameters    print the effective parameters and where each comes from\n"
      "  --help-parameters     the reference of all parameters, or of one section\n\n"
      "exit codes: 0 done, or stopped at a checkpoint (run.status tells) | 1 bug | 2 wrong input | 3 damaged data\n"
      "            4 numerical failure | 5 file system\n";
  return text;
}

}  // namespace bornflow
