#pragma once

#include <string>

#include "bornflow/config/rules.hpp"

/// Training pairs of images and data, the flow, its training, and what is made of it.
namespace bornflow {

struct PriorSection {
  std::string kind = "reflectivity", mode = "shallow", file = "", dataset = "/images";
  double amplitude = 0.02, amplitude_spread = 0.2;
  template <class Visitor>
  void visit(Visitor& v) {
    v("kind", kind, "where images come from: a seeded generator, or a file of images",
      one_of({"reflectivity", "library"}));
    v("mode", mode, "reflectivity: thin shallow layers, or thick deep ones", one_of({"shallow", "deep"}));
    v("file", file, "library: HDF5 file of images", any());
    v("dataset", dataset, "library: its dataset, (n, nz, nx) or (nz, nx)", any());
    v("amplitude", amplitude, "standard deviation of an image, the perturbation of squared slowness [s2/km2]; images of mode = "
      "deep have 0.7 of it, those of a library have it on average", positive());
    v("amplitude_spread", amplitude_spread, "spread of the amplitude from image to image: standard deviation of its logarithm",
      non_negative());
  }
};

struct PairsSection {
  int train = 500, test = 50, block = 8, parts = 1, part = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("train", train, "training pairs, validation pairs included", at_least(32));
    v("test", test, "test pairs, never trained on", at_least(0));
    v("block", block, "pairs that are simulated together and saved at once; a killed run loses at most these",
      in_range(1, 64));
    v("parts", parts, "runs that share out the blocks, such as the tasks of a job array; 1: this run makes all pairs",
      in_range(1, 1000000));
    v("part", part, "which part this run makes, 0 to parts - 1; afterwards a run with parts = 1 puts all together",
      at_least(0));
  }
};

struct FlowSection {
  std::string network = "glow";
  int hidden = 32, depth = 4, scales = 3, condition_features = 16;
  double clamp = 1;
  bool final_relu = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("network", network, "conditional network: of images glow or hint, of vectors coupling, hint or inn",
      one_of({"glow", "hint", "coupling", "inn"}));
    v("hidden", hidden, "hidden channels of the coupling sub-networks", in_range(1, 4096));
    v("depth", depth, "glow: steps at each scale; hint, coupling, inn: levels", in_range(1, 1024));
    v("scales", scales, "glow: scales; hint of images: squeezes (2 give 16 channels and a real recursion)", in_range(1, 8));
    v("condition_features", condition_features,
      "glow: channels of the network that reads the summary for the couplings (a U-Net); 0: none", in_range(0, 1024));
    v("clamp", clamp, "bound on the log-scale of a coupling", positive());
    v("final_relu", final_relu, "the ReLU on the sub-networks' output that the original codes have", any());
  }
};

struct TrainSection {
  int epochs = 100, batch = 16, validation = 48, patience = 30, warmup_steps = 100;
  double learning_rate = 1e-3, clip_norm = 10, weight_decay = 0, ema_decay = 0, gain = 0, x_noise = 0.15,
         x_noise_end = 0.03, kept_megabytes = 64;
  std::string schedule = "cosine";
  bool flip = true, negate = true, redraw_noise = true;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epochs", epochs, "passes over the training pairs", at_least(1));
    v("batch", batch, "pairs of one step, over all ranks; all of them when there are fewer", at_least(1));
    v("validation", validation, "training pairs kept for validation", at_least(1));
    v("patience", patience, "stop after this many epochs without a better validation loss", at_least(1));
    v("learning_rate", learning_rate, "step size of Adam, below 1", positive());
    v("schedule", schedule, "learning rate over the run", one_of({"constant", "cosine"}));
    v("warmup_steps", warmup_steps, "steps over which the learning rate rises from 0", at_least(0));
    v("clip_norm", clip_norm, "bound on the norm of the gradient", positive());
    v("weight_decay", weight_decay, "decoupled weight decay of Adam", non_negative());
    v("ema_decay", ema_decay, "decay of the moving average of the weights; 0: none", in_range(0, 0.99999));
    v("flip", flip, "augment by horizontal flips (needs a laterally symmetric background and acquisition)", any());
    v("negate", negate, "augment by changes of sign (needs a prior that is symmetric about zero)", any());
    v("redraw_noise", redraw_noise, "augment by giving pairs the data noise of other pairs", any());
    v("gain", gain, "augment by random amplitudes: standard deviation of their logarithm", in_range(0, 1));
    v("x_noise", x_noise, "standard deviation of noise on normalised images in the first epoch: smooth images have "
      "directions without any variance, where a density has no bound", non_negative());
    v("x_noise_end", x_noise_end, "the same in the last epoch; it falls geometrically; negative: it stays", any());
    v("kept_megabytes", kept_megabytes,
      "memory of each rank for activations that are kept rather than computed twice, whatever the depth [MB]; 0: none",
      non_negative());
  }
};

struct PosteriorSection {
  int samples = 512, keep = 16, batch = 16;
  double temperature = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("samples", samples, "posterior samples", at_least(2));
    v("keep", keep, "samples that are written out; all of them when fewer are drawn", at_least(0));
    v("batch", batch, "samples drawn at once on each rank", at_least(1));
    v("temperature", temperature, "standard deviation of the latent draws; 1: the flow as trained; 0: it is fitted to the "
      "validation pairs, from 0.5 to 2, and so is, with 16 of them or more, the amplitude of the samples", non_negative());
  }
};

struct CorrectSection {
  int updates = 100, shots = 4, latents = 2, checked_samples = 4;
  double learning_rate = 0.05;
  template <class Visitor>
  void visit(Visitor& v) {
    v("updates", updates, "steps of Adam, up to whole passes over the shots; latents can move by half their number times the learning rate",
      at_least(1));
    v("shots", shots, "shots of one update, each of which costs `latents` Born waves and as many adjoint ones; all of them when there are fewer",
      at_least(1));
    v("latents", latents, "latents of one update; an even number of them in pairs of opposite sign", in_range(1, 64));
    v("learning_rate", learning_rate, "step size of Adam at the start, in standard deviations of a latent; it falls to zero as a cosine",
      positive());
    v("checked_samples", checked_samples, "samples before and after whose data are compared with the observed ones; 0: none", in_range(0, 64));
  }

  int shots_of_update(int n_shots) const { return shots < n_shots ? shots : n_shots; }
  int passes(int n_shots) const {
    const int updates_of_pass = (n_shots + shots_of_update(n_shots) - 1) / shots_of_update(n_shots);
    return (updates + updates_of_pass - 1) / updates_of_pass;
  }
};

struct DiagnoseSection {
  int samples = 255, lsrtm_iterations = 3, examples = 3, predictive_images = 20, predictive_samples = 4;
  double significance = 0.01, coverage_tolerance = 0.05, spread_tolerance = 0.1, bias_tolerance = 0.1, uce_tolerance = 0.2,
         least_contraction = 0.1, kurtosis_tolerance = 1;
  bool enforce = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("samples", samples, "posterior samples for each test image", at_least(20));
    v("lsrtm_iterations", lsrtm_iterations, "most LSQR iterations of the LS-RTM baseline, each of which is reported; 0: no baseline", at_least(0));
    v("examples", examples, "test images whose posterior is written out", at_least(0));
    v("predictive_images", predictive_images, "test images from whose posteriors data are simulated and compared with the "
      "noise; 0: none", at_least(0));
    v("predictive_samples", predictive_samples, "samples of each of these posteriors; one wave each and shot", in_range(1, 64));
    v("enforce", enforce, "end with exit status 4 when a check fails; else it is only reported", any());
    v("significance", significance, "a p-value below fails its check (SBC, TARP, novelty)", positive() & in_range(0, 0.5));
    v("coverage_tolerance", coverage_tolerance, "largest deviation of the coverage of central intervals", positive());
    v("spread_tolerance", spread_tolerance, "largest relative deviation from 1 of the spread of z-scores and latents, and of "
      "the residual of simulated data over the noise", positive());
    v("bias_tolerance", bias_tolerance, "largest mean of z-scores and latents [standard deviations]", positive());
    v("uce_tolerance", uce_tolerance, "largest uncertainty calibration error over the RMS error", positive());
    v("least_contraction", least_contraction, "least 1 - posterior variance / prior variance", in_range(0, 1));
    v("kurtosis_tolerance", kurtosis_tolerance, "largest excess kurtosis of the latents", positive());
  }
};

}  // namespace bornflow
