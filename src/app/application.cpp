#include "src/app/application.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/io/manifest.hpp"
#include "bornflow/io/run_folder.hpp"
#include "bornflow/io/run_lock.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/duration.hpp"
#include "src/app/dry_run/dry_run.hpp"
#include "src/app/input_files.hpp"
#include "src/app/parameters/checks.hpp"
#include "src/app/run_context.hpp"
#include "src/app/run_plan.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

namespace {

// Root reads, everybody gets the same bytes.
std::string read_for_all(const Communicator& world, const std::string& path) {
  std::string text;
  run_on_root(world, [&] {
    std::ifstream file;
    if (std::filesystem::is_regular_file(path)) file.open(path, std::ios::binary);
    std::ostringstream all;
    const bool has_content = file.is_open() && file.peek() != std::ifstream::traits_type::eof();
    if (has_content) all << file.rdbuf();
    if (!file.is_open() || (has_content && !file))
      throw UserError("cannot read the parameter file '" + path + "'. Is the name right? Known ones are in inputs/.");
    text = all.str();
  });
  world.broadcast(text);
  return text;
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
    if (task == "train" || task == "posterior" || task == "correct" || task == "diagnose" || task == "refine")
      throw UserError("'" + task + "' computes flows, and these in host memory, which the kernels of this build do not use. "
                      "Make the pairs with this build ([run] tasks = model, migrate, pairs) and go on in the same run "
                      "folder with a build on a host backend of Kokkos (Serial, OpenMP).");
}

/// manifest.json and timings.json tell of the last call that made a product. One that makes none, as all of its products are
/// complete or it is `verify` or `benchmark`, writes them where that call has not come to its end or there was none: timings.json
/// is there when they are whole. Collective.
bool writes_records(bool makes_a_product, const RunContext& run) {
  if (makes_a_product) return true;
  std::string has_some;
  run_on_root(run.world(), [&] { has_some = std::filesystem::exists(run.folder.record("timings.json")) ? "yes" : ""; });
  run.world().broadcast(has_some);
  return has_some.empty();
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
  std::set<std::string> seen;
  for (const auto& name : config.run.tasks)
    if (!seen.insert(task_named(name).name).second) throw UserError("[run] tasks: '" + name + "' is named twice.");
  require_tasks_of_problem(config.run.tasks, config);
  return config.run.tasks;
}

}  // namespace

Application::Application(const Communicator& world, const std::vector<std::string>& arguments)
    : world_(world), arguments_(arguments), line_(parse_command_line(arguments)) {
  declare_sections(registry_, config_);
  if (line_.action == CommandLine::Action::help_parameters) registry_.help(line_.help_section);  // throws on a wrong name
  if (line_.parameter_file.empty()) return;
  registry_.parse(read_for_all(world, line_.parameter_file), line_.parameter_file, line_.overrides);
  if (config_.problem.kind == "waves" && !config_.acquisition.file.empty())
    config_.geometry = read_survey_geometry(world, config_.acquisition.file);
  try {
    check_parameters(config_, checked_tasks(line_, config_));
  } catch (const UserError& error) {
    throw UserError(registry_.with_places(error.what()));
  }
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
    case Action::dry_run:
      run_on_root(world_, [&] { require_input_files(input_files(config_)); });
      return print(dry_run_report(config_, checked_tasks(line_, config_), world_.size()));
    case Action::run: return run_tasks();
  }
}

void Application::run_tasks() {
  const std::vector<std::string> tasks = checked_tasks(line_, config_);
  const Groups groups(world_, config_.parallel.ranks_per_group);
  RunFolder folder(config_.run.folder, world_, config_.pairs.parts > 1 ? "part-" + std::to_string(config_.pairs.part) : "");
  const RunLock lock(folder, world_);
  bool has_begun = false;
  try {
    Log log(world_);
    Timers timers;
    StopRequest stop(world_, config_.run.wall_time, folder.record("stop"));
    const RunContext context{config_, registry_, groups, folder, log, timers, stop, digest_input_files(world_, input_files(config_))};
    const bool makes_a_product = check_run_plan(tasks, context);
    has_begun = true;
    run_on_root(world_, [&] {
      folder.write_status("running");
      log.open_file(folder.record("run.log"));
    });
    run_tasks_in(context, tasks, writes_records(makes_a_product, context));
  } catch (const std::exception& error) {
    // What a run before has left is not to be blamed for a command that could not begin.
    if (has_begun || !std::filesystem::exists(folder.record("run.status"))) note_failure(folder, error.what());
    throw;
  }
}

void Application::run_tasks_in(const RunContext& run, const std::vector<std::string>& tasks, bool records) {
  run.log.line("bornflow " + git_hash() + ", " + std::to_string(world_.size()) + (world_.size() == 1 ? " rank" : " ranks") +
               ", " + line_.parameter_file + " -> " + config_.run.folder);
  ManifestData manifest;
  manifest.command_line = arguments_;
  for (const auto& value : registry_.values())
    manifest.parameters.push_back({value.section, value.key, value.value, value.origin});
  manifest.seeds = {{"run", config_.run.seed}};
  for (const InputFile& file : input_files(config_)) manifest.input_files.push_back(file.path);
  manifest.start();
  manifest.status = "running";
  if (records) {
    run_on_root(world_, [&] { remove_file(run.folder.record("timings.json")); });
    write_manifest(run.folder.record("manifest.json"), manifest, world_);
  }

  bool stopped = false;
  for (const auto& name : tasks) {
    const auto start = std::chrono::steady_clock::now();
    run.log.line("== " + name);
    TaskResult result;
    {
      ScopedTimer timer(run.timers, name);
      result = task_named(name).run(run);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    run.log.line("== " + name + (result == TaskResult::complete ? " done in " : " stopped at a checkpoint after ") +
             format_duration(seconds.count()));
    const bool is_last = &name == &tasks.back();
    stopped = result == TaskResult::checkpointed || (!is_last && run.stop.poll());
    if (stopped) break;
  }
  if (records) {
    run.timers.write_json(run.folder.record("timings.json"), world_);
    manifest.finish(stopped ? "checkpointed" : "done");
    write_manifest(run.folder.record("manifest.json"), manifest, world_);
  }
  run_on_root(world_, [&] { run.folder.write_status(stopped ? "checkpointed" : "done"); });
  if (stopped) run.log.line("stopped: " + run.stop.reason() + ". The same command goes on from here.");
}

}  // namespace bornflow
