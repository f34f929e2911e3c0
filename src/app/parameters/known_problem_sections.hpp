#pragma once

#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"

/// The sections of problems whose right answer is known, and of the methods that are tested on them.
namespace bornflow {

struct ProblemSection {
  std::string kind = "waves";
  template <class Visitor>
  void visit(Visitor& v) {
    v("kind", kind, "what is inferred: images from wavefields, vectors of a problem whose posterior is known, or images from "
      "compressed data; all but waves read their own section, [refine] and parts of [flow] and [train], those without a "
      "likelihood [inn], [abc] and [cvae] too",
      one_of({"waves", "rosenbrock", "linear_gaussian", "gaussian_mixture", "inverse_kinematics", "layered_tissue",
              "star_cluster", "compressed_sensing"}));
  }
};

struct RosenbrockSection {
  double mean = 0, a = 0.5, b = 1, noise = 0.4, operator_shift = 3;
  std::string forward_operator = "random";
  std::vector<double> truth = {2, 4};
  bool noisy_data = true;
  template <class Visitor>
  void visit(Visitor& v) {
    v("mean", mean, "mu of the prior exp(-a (x1 - mu)^2 - b (x2 - x1^2)^2) [1]", any());
    v("a", a, "a of the prior: x1 has the variance 1/(2a) [1]", positive());
    v("b", b, "b of the prior: x2 given x1 has the variance 1/(2b) [1]", positive());
    v("noise", noise, "standard deviation of the noise of y = A x + noise [1]", positive());
    v("operator", forward_operator, "A: the identity, or (G + shift I) over its largest singular value, G of normal numbers",
      one_of({"identity", "random"}));
    v("operator_shift", operator_shift, "the shift of a random operator [1]", non_negative());
    v("truth", truth, "x of the observed data, two numbers [1]", any());
    v("noisy_data", noisy_data, "add noise to the observed data", any());
  }
};

struct LinearGaussianSection {
  int size = 16, data_size = 12;
  double correlation_length = 3, nugget = 0.01, smallest_singular_value = 0.01, noise = 0.05;
  template <class Visitor>
  void visit(Visitor& v) {
    v("size", size, "numbers of x, a signal with a Gaussian prior of standard deviation 1", in_range(2, 64));
    v("data_size", data_size, "numbers of y = A x + noise", in_range(1, 64));
    v("correlation_length", correlation_length, "of the prior, whose covariance is exp(-(i - j)^2 / (2 length^2)) [numbers]",
      positive());
    v("nugget", nugget, "variance of white noise that the prior has besides: without any, its covariance is singular to "
      "rounding [1]", positive());
    v("smallest_singular_value", smallest_singular_value, "of A; the largest is 1, the others lie between in equal ratios",
      positive() & in_range(0, 1));
    v("noise", noise, "standard deviation of the noise [1]", positive());
  }
};

struct CompressedSensingSection {
  int nz = 32, nx = 32;
  double kept = 0.5, noise = 0.1, observed_folding = 0;
  std::string images = "shallow", observed_images = "deep";
  template <class Visitor>
  void visit(Visitor& v) {
    v("nz", nz, "points along z of an image [points]", in_range(8, 1024));
    v("nx", nx, "points along x [points]", in_range(8, 1024));
    v("kept", kept, "part of the randomly convolved image that is kept as data", positive() & in_range(0, 1));
    v("noise", noise, "standard deviation of the noise of the data, over that of an image [1]", positive());
    v("images", images, "mode of the reflectivity prior that the training pairs are drawn from",
      one_of({"shallow", "deep"}));
    v("observed_images", observed_images, "mode of the prior that the observed image is drawn from",
      one_of({"shallow", "deep"}));
    v("observed_folding", observed_folding, "folding of the observed image: standard deviation of the first harmonic's "
      "amplitude [rows]; 0: that of its mode", non_negative());
  }
};

struct RefineSection {
  int pairs = 5000, latents = 1000, preconditioned_epochs = 5, scratch_epochs = 25, langevin_iterations = 40000,
      samples = 4000;
  bool fresh_latents = false;
  int operators = 1, batch = 0;
  double langevin_step = 0.08, learning_rate = 0;
  int iterations = 4, mean_samples = 64, observations = 64, calibration_runs = 500, calibration_samples = 99;
  std::string compare = "score", gradient = "total";
  template <class Visitor>
  void visit(Visitor& v) {
    v("pairs", pairs, "training pairs: of the low-fidelity problem, or of the problem itself", at_least(32));
    v("samples", samples, "posterior samples of each method", at_least(100));
    v("latents", latents, "variational inference: latents of an epoch", at_least(1));
    v("fresh_latents", fresh_latents, "variational inference: new latents each epoch, not the same in another order", any());
    v("preconditioned_epochs", preconditioned_epochs, "variational inference from the low-fidelity flow: epochs",
      at_least(1));
    v("scratch_epochs", scratch_epochs, "variational inference from scratch: epochs", at_least(1));
    v("batch", batch, "variational inference: latents of an update; 0: as [train]", at_least(0));
    v("learning_rate", learning_rate, "variational inference: step size of Adam; 0: as [train]", non_negative());
    v("gradient", gradient, "variational inference: of the batch's objective, or along the paths of its samples alone, "
      "which does not scatter at the posterior and costs one more pass through the flow", one_of({"total", "path"}));
    v("operators", operators, "rosenbrock: random operators on which preconditioned inference and inference from scratch "
      "race; the first is the one that is reported in full", at_least(1));
    v("langevin_iterations", langevin_iterations, "iterations of the Langevin reference", at_least(100));
    v("langevin_step", langevin_step, "step of the Langevin reference [1]", positive());
    v("iterations", iterations, "ASPIRE: trainings, each on the scores at the means of the one before", in_range(1, 100));
    v("mean_samples", mean_samples, "ASPIRE: posterior samples of which a mean is made", at_least(2));
    v("observations", observations, "data sets on which ASPIRE is compared with the exact posterior, or other methods with ABC",
      at_least(1));
    v("compare", compare, "ASPIRE: also train on the score alone, without the fiducial that it belongs to, or not",
      one_of({"score", "nothing"}));
    v("calibration_runs", calibration_runs, "runs of simulation-based calibration, or data sets of the calibration error; 0: none", at_least(0));
    v("calibration_samples", calibration_samples, "posterior samples of each of these", at_least(19));
  }
};

}  // namespace bornflow
