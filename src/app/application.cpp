#include "src/app/application.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/io/manifest.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/report/duration.hpp"
#include "src/app/dry_run/dry_run.hpp"
#include "src/app/parameters/checks.hpp"
#include "src/app/run_context.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

namespace {

// Root reads, everybody gets the same bytes.
std::string read_for_all(const Communicator& world, const std::string& path) {
  std::string text = "!";
  if (world.is_root()) {
    std::ifstream file;
    if (std::filesystem::is_regular_file(path)) file.open(path, std::ios::binary);
    if (file.is_open() && file.peek() != std::ifstream::traits_type::eof()) {
      std::ostringstream all;
      all << file.rdbuf();
      if (file) text = "+" + all.str();
    } else if (file.is_open()) {
      text = "+";
    }
  }
  world.broadcast(text);
  if (text[0] == '!') throw UserError("cannot read the parameter file '" + path + "'. Is the name right? Known ones are in inputs/.");
  return text.substr(1);
}

// Root reads the files; an error of one is an error of all.
std::string digest_for_all(const Communicator& world, const std::vector<std::string>& files) {
  std::string digests = "+";
  if (world.is_root()) {
    try {
      for (const auto& file : files) digests += file_digest(file) + " ";
    } catch (const Error& error) {
      digests = std::string("!") + error.what();
    }
  }
  world.broadcast(digests);
  if (digests[0] == '!') throw IoError(digests.substr(1));
  return digests.substr(1);
}

// Any rank may be the one that fails; what it can no longer write must not hide why it failed.
void note_failure(const RunFolder& folder, const std::string& why) {
  try {
    folder.write_status("failed: " + why);
  } catch (const std::exception&) {
  }
}

/// Flows are computed in host memory: a build for a device says so before it spends hours on their training pairs.
void require_memory_for_flows(const std::vector<std::string>& tasks) {
  if (kernels_run_on_host) return;
  for (const std::string& task : tasks)
    if (task == "train" || task == "posterior" || task == "diagnose" || task == "refine")
      throw UserError("'" + task + "' computes flows, and these in host memory, which the kernels of this build do not use. "
                      "Make the pairs with this build ([run] tasks = model, migrate, pairs) and go on in the same run "
                      "folder with a build on a host backend of Kokkos (Serial, OpenMP).");
}

std::vector<std::string> checked_tasks(const CommandLine& line, const RunConfig& config) {
  // The other tasks need all pairs, or would be done by every part at the same time.
  if (config.pairs.parts > 1 && line.task != "pairs")
    throw UserError("[pairs] parts = " + std::to_string(config.pairs.parts) + " is for 'bornflow pairs' alone, not for '" +
                    line.task + "': make every part with it, then run with parts = 1.");
  require_memory_for_flows(line.task == "run" ? config.run.tasks : std::vector<std::string>{line.task});
  if (line.task != "run") {
    require_tasks_of_problem({line.task}, config);
    return {line.task};
  }
  std::vector<std::string> known;
  for (const Task& task : all_tasks()) known.push_back(task.name);
  for (const auto& name : config.run.tasks)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError("[run] tasks: '" + name + "' is not a task. 'bornflow --help' lists them.");
  require_tasks_of_problem(config.run.tasks, config);
  return config.run.tasks;
}

const Task& task_named(const std::string& name) {
  for (const Task& task : all_tasks())
    if (task.name == name) return task;
  throw UserError("'" + name + "' is not a task");
}

}  // namespace

Application::Application(const Communicator& world, const std::vector<std::string>& arguments)
    : world_(world), arguments_(arguments), line_(parse_command_line(arguments)) {
  declare_sections(registry_, config_);
  if (line_.action == CommandLine::Action::help_parameters) registry_.help(line_.help_section);  // throws on a wrong name
  if (line_.parameter_file.empty()) return;
  registry_.parse(read_for_all(world, line_.parameter_file), line_.parameter_file, line_.overrides);
  check_parameters(config_, checked_tasks(line_, config_));
}

void Application::run() {
  using Action = CommandLine::Action;
  const auto print = [this](const std::string& text) {
    if (world_.is_root()) std::fputs(text.c_str(), stdout);
  };
  switch (line_.action) {
    case Action::help: return print(usage());
    case Action::help_parameters: return print(registry_.help(line_.help_section));
    case Action::print_parameters: return print(registry_.print());
    case Action::version: {
      std::string text = "bornflow\n";
      for (const auto& [name, value] : build_info()) text += "  " + name + ": " + value + "\n";
      return print(text);
    }
    case Action::dry_run: return print(dry_run_report(config_, checked_tasks(line_, config_), world_.size()));
    case Action::run: return run_tasks();
  }
}

void Application::run_tasks() {
  const std::vector<std::string> tasks = checked_tasks(line_, config_);
  const Groups groups(world_, config_.parallel.ranks_per_group);
  RunFolder folder(config_.run.folder, world_, config_.pairs.parts > 1 ? "part-" + std::to_string(config_.pairs.part) : "");
  if (world_.is_root()) folder.write_status("running");
  try {
    run_tasks_in(folder, groups, tasks);
  } catch (const std::exception& error) {
    note_failure(folder, error.what());
    throw;
  }
}

void Application::run_tasks_in(RunFolder& folder, const Groups& groups, const std::vector<std::string>& tasks) {
  Log log(world_);
  log.open_file(folder.record("run.log"));
  Timers timers;
  StopRequest stop(world_, config_.run.wall_time, folder.record("stop"));
  std::vector<std::string> inputs;
  const bool has_waves = config_.problem.kind == "waves";
  if (has_waves && config_.model.kind == "file") inputs.push_back(config_.model.file);
  if (has_waves && config_.density.kind == "file") inputs.push_back(config_.density.file);
  if (has_waves && config_.prior.kind == "library") inputs.push_back(config_.prior.file);
  const RunContext context{config_, registry_, groups, folder, log, timers, stop, digest_for_all(world_, inputs)};

  log.line("bornflow " + git_hash() + ", " + std::to_string(world_.size()) + (world_.size() == 1 ? " rank" : " ranks") +
           ", " + line_.parameter_file + " -> " + config_.run.folder);
  ManifestData manifest;
  manifest.command_line = arguments_;
  for (const auto& value : registry_.values())
    manifest.parameters.push_back({value.section, value.key, value.value, value.origin});
  manifest.seeds = {{"run", config_.run.seed}};
  manifest.input_files = inputs;
  manifest.start();
  manifest.status = "running";
  write_manifest(folder.record("manifest.json"), manifest, world_);

  bool stopped = false;
  for (const auto& name : tasks) {
    const auto start = std::chrono::steady_clock::now();
    log.line("== " + name);
    TaskResult result;
    {
      ScopedTimer timer(timers, name);
      result = task_named(name).run(context);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    log.line("== " + name + (result == TaskResult::complete ? " done in " : " stopped at a checkpoint after ") +
             format_duration(seconds.count()));
    const bool is_last = &name == &tasks.back();
    stopped = result == TaskResult::checkpointed || (!is_last && stop.poll());
    if (stopped) break;
  }
  timers.write_json(folder.record("timings.json"), world_);
  manifest.finish(stopped ? "checkpointed" : "done");
  write_manifest(folder.record("manifest.json"), manifest, world_);
  if (world_.is_root()) folder.write_status(stopped ? "checkpointed" : "done");
  if (stopped) log.line("stopped: " + stop.reason() + ". The same command goes on from here.");
}

}  // namespace bornflow
