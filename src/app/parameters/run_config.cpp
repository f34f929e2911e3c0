#include "src/app/parameters/run_config.hpp"

namespace bornflow {

void declare_sections(ParameterRegistry& registry, RunConfig& config) {
  registry.add("run", "what is done, and where the results go", config.run);
  registry.add("parallel", "how the ranks share the work", config.parallel);
  registry.add("grid", "the grid of the image", config.grid);
  registry.add("model", "the background velocity", config.model);
  registry.add("density", "the density beside the velocity", config.density);
  registry.add("acquisition", "sources and receivers", config.acquisition);
  registry.add("time", "records, wavelet and time step", config.time);
  registry.add("wave", "the wave solver", config.wave);
  registry.add("noise", "the noise of the data", config.noise);
  registry.add("prior", "where training images come from", config.prior);
  registry.add("observed", "the shot records that are simulated and imaged", config.observed);
  registry.add("pairs", "training and test pairs", config.pairs);
  registry.add("flow", "the conditional flow; vectors do not read scales and condition_features", config.flow);
  registry.add("train", "the training; problems other than waves read epochs, batch, learning_rate, schedule, warmup_steps, "
               "clip_norm and weight_decay alone, compressed_sensing also negate, redraw_noise, x_noise and x_noise_end",
               config.train);
  registry.add("posterior", "samples of the posterior", config.posterior);
  registry.add("correct", "latents moved until the samples of the posterior fit the observed data", config.correct);
  registry.add("invert", "least-squares migration and full waveform inversion", config.invert);
  registry.add("diagnose", "tests of the posterior", config.diagnose);
  registry.add("benchmark", "timings", config.benchmark);
  registry.add("verify", "tests of the wave operators", config.verify);
  registry.add("problem", "waves, or a problem whose right answer is known", config.problem);
  registry.add("rosenbrock", "two numbers with a curved prior, seen through a matrix", config.rosenbrock);
  registry.add("linear_gaussian", "a signal with a Gaussian prior, seen through a matrix", config.linear_gaussian);
  registry.add("compressed_sensing", "images from randomly convolved and decimated data", config.compressed_sensing);
  registry.add("mixture", "eight Gaussian modes with labels", config.mixture);
  registry.add("kinematics", "an arm in the plane", config.kinematics);
  registry.add("tissue", "three layers of tissue under a multispectral camera", config.tissue);
  registry.add("star_cluster", "a young star cluster seen by its emission lines", config.star_cluster);
  registry.add("inn", "the training of an invertible network in both directions", config.inn);
  registry.add("abc", "approximate Bayesian computation by rejection", config.abc);
  registry.add("cvae", "the conditional variational autoencoder", config.cvae);
  registry.add("refine", "refined posteriors of problems whose right answer is known", config.refine);
}

}  // namespace bornflow
