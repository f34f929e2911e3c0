#include "src/app/dry_run/dry_run.hpp"

#include <cmath>
#include <string>

#include "src/app/dry_run/dry_run_table.hpp"
#include "src/app/dry_run/dry_run_waves.hpp"
#include "src/app/posterior/flow_options.hpp"
#include "src/app/refine/inverse_problems.hpp"
#include "src/app/refine/known_problems.hpp"
#include "src/app/refine/sensing_problem.hpp"

namespace bornflow {

namespace {

std::string inverse_problem_report(const RunConfig& config, int n_ranks) {
  const auto problem = make_inverse_problem(config);
  const auto network = make_vector_flow<float>(make_invertible_options(config, *problem).map.architecture, 1);
  DryRunTable table;
  table.heading("inverse problem of vectors: " + config.problem.kind);
  table.line("numbers of x and y", "%.0f and %.0f", problem->model_size(), problem->data_size());
  table.words("network", network->description());
  table.line("training steps", "%.0f of %.0f pairs",
             config.train.epochs * std::ceil(double(config.refine.pairs) / config.train.batch), config.train.batch);
  const bool ablation = config.problem.kind == "gaussian_mixture";
  if (!ablation) table.line("ABC: draws of each rank", "%.4g", config.abc.draws / n_ranks);
  table.words("ranks", ablation ? "share out three trainings" : "share out ABC and two trainings");
  return table.text();
}

std::string ranks_that_help(const RunConfig& config) {
  if (config.problem.kind == "rosenbrock" && config.refine.operators > 1)
    return "up to " + std::to_string(config.refine.operators) + " share out the operators of the race";
  if (config.problem.kind == "linear_gaussian" && config.refine.compare == "score")
    return "two: with the fiducial, and the score alone";
  return "one does all the work";
}

std::string known_problem_report(const RunConfig& config) {
  const int size = config.problem.kind == "rosenbrock" ? 2 : config.linear_gaussian.size;
  const auto flow = make_vector_flow<float>(make_vector_architecture(config, size, condition_size(config)), 1);
  DryRunTable table;
  table.heading("problem of vectors: " + config.problem.kind);
  table.line("numbers of x", "%.0f", size);
  table.line("flow: parameters", "%.0f", static_cast<double>(flow->parameters().size()));
  table.line("training pairs", "%.0f", config.refine.pairs);
  table.line("training steps", "%.0f of %.0f pairs",
             config.train.epochs * std::ceil(double(config.refine.pairs) / config.train.batch), config.train.batch);
  table.words("ranks", ranks_that_help(config));
  return table.text();
}

std::string sensing_report(const RunConfig& config) {
  const CompressedSensingSection& sensing = config.compressed_sensing;
  const auto flow = make_flow<float>(make_sensing_architecture(config), 1);
  const int latents = config.refine.latents;
  DryRunTable table;
  table.heading("images from compressed data");
  table.line("image", "%.0f x %.0f points", sensing.nz, sensing.nx);
  table.words("flow", flow->description());
  table.line("training pairs", "%.0f", config.refine.pairs);
  table.line("training steps", "%.0f of %.0f pairs", static_cast<double>(updates(make_schedule(config, config.train.epochs), config.refine.pairs)),
             config.train.batch);
  const auto steps = [&](int epochs) {
    return static_cast<double>(updates(make_inference_schedule(config, epochs), latents));
  };
  table.line("updates of inference", "%.0f preconditioned, %.0f from scratch", steps(config.refine.preconditioned_epochs),
             steps(config.refine.scratch_epochs));
  return table.text();
}

}  // namespace

std::string dry_run_report(const RunConfig& config, const std::vector<std::string>& tasks, int n_ranks) {
  if (config.problem.kind == "compressed_sensing") return sensing_report(config);
  if (is_inverse_problem(config.problem.kind)) return inverse_problem_report(config, n_ranks);
  if (config.problem.kind != "waves") return known_problem_report(config);
  return dry_run_of_waves(config, tasks, n_ranks);
}

}  // namespace bornflow
