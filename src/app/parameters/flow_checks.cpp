#include "src/app/parameters/flow_checks.hpp"

#include <string>

#include "src/app/posterior/flow_options.hpp"
#include "src/app/refine/inverse_problems.hpp"

namespace bornflow {

namespace {

/// A flow of images (nz, nx), whose sizes are in `section`, and its training.
void check_flow_of_images(const RunConfig& config, const std::string& section, int nz, int nx, ErrorList& errors) {
  try {
    make_training_options(config).check();
  } catch (const UserError& error) {
    errors.add(std::string("[train] ") + error.what());
  }
  errors.add_if(config.flow.network == "coupling" || config.flow.network == "inn",
                "[flow] network = " + config.flow.network + " is for vectors; images need glow or hint.");
  const int factor = 1 << config.flow.scales;
  errors.add_if(nx % factor != 0 || nz % factor != 0,
                "[flow] scales = " + std::to_string(config.flow.scales) + " needs " + section + " nx and nz that " +
                    std::to_string(factor) + " divides; they are " + std::to_string(nx) + " and " + std::to_string(nz) + ".");
}

/// A flow of vectors whose posterior is known.
void check_flow_of_vectors(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.flow.network == "inn", "[flow] network = inn has no condition; [problem] kind = " +
                                                  config.problem.kind + " needs coupling or hint.");
  errors.add_if(config.flow.network == "glow", "[flow] network = glow is for images; [problem] kind = " +
                                                   config.problem.kind + " needs coupling or hint.");
  errors.add_if(config.problem.kind == "rosenbrock" && config.rosenbrock.truth.size() != 2,
                "[rosenbrock] truth has " + std::to_string(config.rosenbrock.truth.size()) + " numbers; it needs two.");
  errors.add_if(config.problem.kind == "linear_gaussian" && config.linear_gaussian.data_size > config.linear_gaussian.size,
                "[linear_gaussian] data_size must not be larger than size.");
  errors.add_if(config.problem.kind == "linear_gaussian" && config.refine.calibration_runs > 0 &&
                    config.refine.calibration_runs < 20,
                "[refine] calibration_runs: fewer than 20 runs show nothing; 0 does none.");
}

}  // namespace

void check_learning(const RunConfig& config, ErrorList& errors) {
  check_flow_of_images(config, "[grid]", config.grid.nz, config.grid.nx, errors);
  errors.add_if(config.train.validation >= config.pairs.train,
                "[train] validation = " + std::to_string(config.train.validation) + " leaves nothing of [pairs] train = " +
                    std::to_string(config.pairs.train) + " to train on.");
  errors.add_if(config.train.flip && config.model.kind == "file",
                "[train] flip = true needs a background that a horizontal flip does not change; set it to false for "
                "[model] kind = file.");
  errors.add_if(config.train.flip && config.geometry.is_given(),
                "[train] flip = true needs a survey that a horizontal flip does not change; set it to false for [acquisition] file.");
  errors.add_if(config.train.flip && config.acquisition.simultaneous > 0,
                "[train] flip = true needs shots that a horizontal flip does not change; set it to false for "
                "[acquisition] simultaneous = " + std::to_string(config.acquisition.simultaneous) + ".");
  errors.add_if(config.train.negate && config.prior.kind == "library",
                "[train] negate = true needs a prior that is symmetric about zero; set it to false for [prior] kind = "
                "library.");
  errors.add_if(config.observed.truth == "prior" &&
                    config.observed.index < std::int64_t{config.pairs.train} + config.pairs.test,
                "[observed] index = " + std::to_string(config.observed.index) +
                    " is the image of a training or test pair. Choose one from " +
                    std::to_string(config.pairs.train + config.pairs.test) + " on.");
}

void check_known_problem(const RunConfig& config, ErrorList& errors) {
  if (config.problem.kind == "compressed_sensing")
    check_flow_of_images(config, "[compressed_sensing]", config.compressed_sensing.nz, config.compressed_sensing.nx, errors);
  else if (is_inverse_problem(config.problem.kind))
    check_inverse_problem(config, errors);
  else
    check_flow_of_vectors(config, errors);
}

}  // namespace bornflow
