#include "src/app/parameters/checks.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"
#include "src/app/parameters/error_list.hpp"
#include "src/app/parameters/flow_checks.hpp"
#include "src/app/parameters/wave_checks.hpp"

namespace bornflow {

namespace {

bool contains(const std::vector<std::string>& tasks, const std::string& task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

void check_run(const RunConfig& config, const std::vector<std::string>& tasks, ErrorList& errors) {
  errors.add_if(config.run.folder.empty(), "[run] folder is empty: name the folder for the products.");
  errors.add_if(tasks.empty(), "[run] tasks is empty: name at least one task.");
  errors.add_if(contains(tasks, "diagnose") && config.pairs.test < 20,
                "[pairs] test = " + std::to_string(config.pairs.test) +
                    ": diagnose needs 20 or more test pairs; fewer show nothing about calibration.");
  errors.add_if(contains(tasks, "correct") && config.noise.level == 0,
                "[noise] level = 0: correct weighs the data by their noise, and needs one.");
}

void check_parts(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.pairs.part >= config.pairs.parts,
                "[pairs] part = " + std::to_string(config.pairs.part) + ", but the parts are 0 to " +
                    std::to_string(config.pairs.parts - 1) + " ([pairs] parts = " + std::to_string(config.pairs.parts) + ").");
}

}  // namespace

void require_tasks_of_problem(const std::vector<std::string>& tasks, const RunConfig& config) {
  const bool is_known = config.problem.kind != "waves";
  for (const std::string& task : tasks)
    if ((task == "refine") != is_known)
      throw UserError("task '" + task + "' is not for [problem] kind = " + config.problem.kind +
                      (is_known ? ", which 'refine' alone works on. Set [run] tasks = refine."
                                : "; it works on rosenbrock and linear_gaussian, whose posterior is known, and on "
                                  "gaussian_mixture, inverse_kinematics, layered_tissue, star_cluster and compressed_sensing."));
}

void check_parameters(const RunConfig& config, const std::vector<std::string>& tasks) {
  ErrorList errors;
  check_run(config, tasks, errors);
  if (config.problem.kind != "waves") {
    check_known_problem(config, errors);
    return errors.raise();
  }
  check_waves(config, tasks, errors);
  check_parts(config, errors);
  const auto learns = [](const std::string& task) {
    return task == "pairs" || task == "train" || task == "posterior" || task == "correct" || task == "diagnose" || task == "benchmark";
  };
  if (std::any_of(tasks.begin(), tasks.end(), learns)) check_learning(config, errors);
  errors.raise();
  if (needs_no_file(config)) check_physics(config, make_background(config));
}

}  // namespace bornflow
