#include "src/app/refine/inverse_problems.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/problems/gaussian_mixture.hpp"
#include "bornflow/inference/problems/layered_tissue.hpp"
#include "bornflow/inference/problems/planar_arm.hpp"
#include "bornflow/inference/problems/star_cluster.hpp"
#include "bornflow/report/number.hpp"
#include "src/app/refine/known_problems.hpp"

namespace bornflow {

bool is_inverse_problem(const std::string& kind) {
  return kind == "gaussian_mixture" || kind == "inverse_kinematics" || kind == "layered_tissue" || kind == "star_cluster";
}

std::unique_ptr<InverseProblem> make_inverse_problem(const RunConfig& config) {
  if (config.problem.kind == "gaussian_mixture") {
    std::vector<int> labels;
    for (const double label : config.mixture.labels) {
      labels.push_back(static_cast<int>(std::lround(label)));
      if (label != labels.back())
        throw UserError("[mixture] labels: " + format_significant(label) + " is not a whole number.");
    }
    return std::make_unique<GaussianMixture>(labels);
  }
  if (config.problem.kind == "layered_tissue") return std::make_unique<LayeredTissue>(config.tissue.noise);
  if (config.problem.kind == "star_cluster") return std::make_unique<StarCluster>(config.star_cluster.noise);
  PlanarArm::Options options;
  options.lengths = config.kinematics.lengths, options.deviations = config.kinematics.deviations;
  if (options.lengths.size() != 3 || options.deviations.size() != 4 || config.kinematics.shown.size() != 2)
    throw UserError("[kinematics] needs 3 lengths, 4 deviations and 2 numbers of the end that is shown; it has " +
                    std::to_string(options.lengths.size()) + ", " + std::to_string(options.deviations.size()) + " and " +
                    std::to_string(config.kinematics.shown.size()) + ".");
  return std::make_unique<PlanarArm>(options);
}

namespace {

// x, and its noise with it.
int inferred_size(const RunConfig& config, const InverseProblem& problem) {
  return problem.model_size() + (config.inn.infer_noise ? problem.noise_size() : 0);
}

int smallest_size(const RunConfig& config, const InverseProblem& problem) {
  return std::max({2, inferred_size(config, problem), problem.data_size() + config.inn.latent_size});
}

// Of a joint density, the weights say how far outputs are from data.
double sample_noise(const InvertibleSection& inn) {
  const bool joint = inn.weight_likelihood > 0 && inn.weight_y > 0;
  return joint ? std::sqrt(0.5 * inn.weight_likelihood / inn.weight_y) : 0;
}

}  // namespace

void check_inverse_problem(const RunConfig& config, ErrorList& errors) {
  errors.add_if(config.flow.network != "inn", "[problem] kind = " + config.problem.kind + " needs [flow] network = inn, not " +
                                                  config.flow.network + ".");
  const InvertibleSection& inn = config.inn;
  errors.add_if(inn.weight_y == 0 && inn.weight_z == 0 && inn.weight_x == 0 && inn.weight_likelihood == 0,
                "[inn] weight_y, weight_z, weight_x and weight_likelihood are all zero: there is nothing to learn.");
  errors.add_if(inn.z_widths.empty() || inn.x_widths.empty(), "[inn] z_widths and x_widths need at least one width each.");
  errors.add_if(config.abc.keep > config.abc.draws, "[abc] keep = " + std::to_string(config.abc.keep) + " is more than draws = " +
                                                        format_significant(config.abc.draws) + ".");
  errors.add_if(config.refine.calibration_runs > 0 && config.refine.calibration_runs < 20,
                "[refine] calibration_runs: fewer than 20 data sets show nothing; 0 does none.");
  try {
    const auto problem = make_inverse_problem(config);
    const int smallest = smallest_size(config, *problem);
    errors.add_if(inn.size > 0 && inn.size < smallest,
                  "[inn] size = " + std::to_string(inn.size) + " is too small: x and its noise have " +
                      std::to_string(inferred_size(config, *problem)) + " numbers, y and the latents have " +
                      std::to_string(problem->data_size() + inn.latent_size) + ". Choose " + std::to_string(smallest) + " or more, or 0.");
  } catch (const UserError& error) {
    errors.add(error.what());
  }
}

InvertibleOptions make_invertible_options(const RunConfig& config, const InverseProblem& problem) {
  const InvertibleSection& inn = config.inn;
  InvertibleOptions options;
  const int size = inn.size > 0 ? inn.size : smallest_size(config, problem);
  options.map.architecture = make_vector_architecture(config, size, 0);
  options.map.adam.weight_decay = config.train.weight_decay;
  options.map.clip_norm = config.train.clip_norm;
  options.map.seed = static_cast<std::uint64_t>(config.run.seed);
  BidirectionalOptions& training = options.training;
  training.latent_size = inn.latent_size;
  training.weights = {inn.weight_y, inn.weight_padding, inn.weight_z, inn.weight_x, inn.weight_reconstruction,
                      inn.weight_likelihood};
  training.x_ramp = inn.x_ramp;
  training.z_widths = inn.z_widths, training.x_widths = inn.x_widths;
  training.y_noise = inn.y_noise, training.z_noise = inn.z_noise, training.padding_noise = inn.padding_noise;
  training.sample_noise = sample_noise(inn);
  training.schedule = make_schedule(config, config.train.epochs);
  options.noise = inn.infer_noise ? DataNoise::inferred : DataNoise::ignored;
  options.prior = problem.uniform_prior();
  return options;
}

AutoencoderOptions make_autoencoder_options(const RunConfig& config, const InverseProblem& problem) {
  AutoencoderOptions options;
  options.latent_size = config.cvae.latent_size, options.hidden = config.cvae.hidden;
  options.kl_weight = config.cvae.kl_weight;
  options.prior = problem.uniform_prior();
  options.adam.weight_decay = config.train.weight_decay;
  options.clip_norm = config.train.clip_norm;
  options.schedule = make_schedule(config, config.train.epochs);
  return options;
}

}  // namespace bornflow
