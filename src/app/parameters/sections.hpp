#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"
#include "src/app/parameters/density_section.hpp"
#include "src/app/parameters/inverse_problem_sections.hpp"
#include "src/app/parameters/known_problem_sections.hpp"

/// The sections of the parameter file: every key with its type, default, rule and one line of help, declared once.
namespace bornflow {

struct RunSection {
  std::vector<std::string> tasks = {"model", "migrate", "pairs", "train", "posterior", "diagnose"};
  std::string folder = "runs/unnamed";
  std::int64_t seed = 1;
  double wall_time = 0;
  bool overwrite = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tasks", tasks, "what 'bornflow run' does, in this order; complete ones are skipped", any());
    v("folder", folder, "where the products of this run go", any());
    v("seed", seed, "seed of every random number of the run", at_least(0));
    v("wall_time", wall_time, "stop at a checkpoint after this time [s]; 0: never", non_negative());
    v("overwrite", overwrite, "replace products that were made with another configuration", any());
  }
};

struct ParallelSection {
  int ranks_per_group = 1, split_x = 0, split_y = 0, split_z = 0;
  std::string transport = "auto";
  template <class Visitor>
  void visit(Visitor& v) {
    v("ranks_per_group", ranks_per_group, "ranks that share one wavefield, each with a part of the grid; groups share out "
      "shots and samples", at_least(1));
    v("split_x", split_x, "parts along x of the grid of a group; 0: chosen", at_least(0));
    v("split_y", split_y, "parts along y; 0: chosen", at_least(0));
    v("split_z", split_z, "parts along z; 0: chosen", at_least(0));
    v("transport", transport, "how the parts' faces reach MPI: from device memory, or staged on the host",
      one_of({"auto", "staged", "direct"}));
  }
};

struct GridSection {
  int nx = 64, ny = 1, nz = 64;
  double dx = 12.5, dy = 12.5, dz = 12.5, ox = 0, oy = 0, oz = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("nx", nx, "points along x", in_range(8, 100000));
    v("ny", ny, "points along y; 1: two dimensions", in_range(1, 100000));
    v("nz", nz, "points along z (downwards)", in_range(8, 100000));
    v("dx", dx, "spacing along x [m]", positive());
    v("dy", dy, "spacing along y [m]", positive());
    v("dz", dz, "spacing along z [m]", positive());
    v("ox", ox, "x of the first point [m]; places the grid inside a model file", any());
    v("oy", oy, "y of the first point [m]", any());
    v("oz", oz, "z of the first point [m]", any());
  }
};

struct ModelSection {
  std::string kind = "gradient";
  double velocity_top = 2500, velocity_bottom = 4500, water_velocity = 1500;
  int water_rows = 4;
  std::string file = "", dataset = "/m", units = "m/s";
  double file_dx = 0, file_dz = 0;
  int file_nx = 0, file_nz = 0;
  double smoothing = 200;
  template <class Visitor>
  void visit(Visitor& v) {
    v("kind", kind, "background velocity: linear in depth, or a file smoothed", one_of({"gradient", "file"}));
    v("velocity_top", velocity_top, "gradient: velocity at the first row below the water [m/s]", in_range(300, 10000));
    v("velocity_bottom", velocity_bottom, "gradient: velocity at the last row [m/s]", in_range(300, 10000));
    v("water_velocity", water_velocity, "velocity of the water rows [m/s]", in_range(300, 10000));
    v("water_rows", water_rows, "rows of water on top; images are muted there", at_least(0));
    v("file", file, "file: velocity model (.h5, .npy, .bin)", any());
    v("dataset", dataset, "file: dataset of an HDF5 model", any());
    v("units", units, "file: unit of the values", one_of({"m/s", "km/s", "s2/km2", "ft/s"}));
    v("file_dx", file_dx, "file: its spacing along x [m]; 0: as the file says", non_negative());
    v("file_dz", file_dz, "file: its spacing along z [m]; 0: as the file says", non_negative());
    v("file_nx", file_nx, "file: points along x of a raw file", at_least(0));
    v("file_nz", file_nz, "file: points along z of a raw file", at_least(0));
    v("smoothing", smoothing, "file: standard deviation of the Gaussian that makes the background [m]", positive());
  }
};

struct AcquisitionSection {
  int sources = 16, receivers = 32, source_lines = 1, receiver_lines = 1;
  int simultaneous = 0;
  double source_depth = 25, receiver_depth = 25;
  template <class Visitor>
  void visit(Visitor& v) {
    v("sources", sources, "sources, equispaced over the width of the grid; one is in the middle", at_least(1));
    v("receivers", receivers, "receivers of the fixed spread, equispaced over the width of the grid", at_least(1));
    v("source_lines", source_lines, "3-D: lines of sources, equispaced over y; 1: in the middle", at_least(1));
    v("receiver_lines", receiver_lines, "3-D: lines of receivers, equispaced over y; 1: in the middle", at_least(1));
    v("source_depth", source_depth, "depth of the sources below z = 0 [m]", non_negative());
    v("receiver_depth", receiver_depth, "depth of the receivers below z = 0 [m]", non_negative());
    v("simultaneous", simultaneous, "shots that fire all sources together with random Gaussian amplitudes, instead of one "
      "shot a source; 0: none", at_least(0));
  }
};

struct TimeSection {
  double record_length = 0.9, sample_interval = 0.002, peak_frequency = 22, dt = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("record_length", record_length, "length of the records [s]", positive());
    v("sample_interval", sample_interval, "time between recorded samples [s]", positive());
    v("peak_frequency", peak_frequency, "peak frequency of the Ricker wavelet [Hz]", positive());
    v("dt", dt, "time step [s]; 0: the largest stable one that divides the sample interval", non_negative());
  }
};

struct WaveSection {
  int space_order = 8, layer_width = 20;
  bool free_surface = false;
  double min_points_per_wavelength = 2.0, background_memory = 4, storage_memory = 0;
  std::string storage = "full", absorbing = "damping";
  template <class Visitor>
  void visit(Visitor& v) {
    v("space_order", space_order, "order of the space differences: even, 2 to 16", in_range(2, 16));
    v("layer_width", layer_width, "width of the absorbing layer [points]", in_range(0, 1000));
    v("absorbing", absorbing, "what the layer does: damp, or match (cpml: reflects far less at the same width, which must be "
      "above space_order / 2 points)", one_of({"damping", "cpml"}));
    v("free_surface", free_surface, "u = 0 in the first row instead of an absorbing layer above it", any());
    v("min_points_per_wavelength", min_points_per_wavelength,
      "refuse grids that sample the shortest wavelength (at 2.5 peak frequencies) less than this", positive());
    v("background_memory", background_memory,
      "limit of the store of background wavefields on each rank [GB]; one shot must fit", non_negative());
    v("storage", storage, "how a background wavefield is kept for the adjoint: every step; 16 bits and fewer steps "
      "(approximate); the rim of the grid (run backwards); or snapshots (run again, the same to the bit)",
      one_of({"full", "half", "boundary", "recompute"}));
    v("storage_memory", storage_memory, "recompute: memory of one shot [GB]; 0: all of background_memory", non_negative());
  }
};

struct NoiseSection {
  double level = 0.29;
  std::string band = "ricker";
  template <class Visitor>
  void visit(Visitor& v) {
    v("level", level, "standard deviation of the noise over the mean 98 % quantile of |clean trace values|",
      non_negative());
    v("band", band, "spectrum of the noise: white, or that of the wavelet", one_of({"white", "ricker"}));
  }
};

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
    v("amplitude", amplitude, "standard deviation of the perturbation of squared slowness [s2/km2]", positive());
    v("amplitude_spread", amplitude_spread, "spread of the amplitude from image to image: standard deviation of its logarithm",
      non_negative());
  }
};

struct ObservedSection {
  std::string truth = "prior", physics = "born";
  std::int64_t index = 1000000;
  double lens_change = 0, lens_radius = 100, lens_x = 0, lens_z = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("truth", truth, "what is imaged: an image of the prior, the model file less its background, or the lens alone",
      one_of({"prior", "model", "lens"}));
    v("index", index, "prior: number of the image; the pairs are 0, 1, 2, ...", at_least(0));
    v("physics", physics, "simulate Born data, the difference of nonlinear data to those of the background, or the full "
      "nonlinear data (linear methods then subtract the background's data themselves)",
      one_of({"born", "nonlinear", "full"}));
    v("lens_change", lens_change, "velocity that a Gaussian lens adds to the truth at its centre [m/s]; 0: none", any());
    v("lens_radius", lens_radius, "standard deviation of the lens [m]", positive());
    v("lens_x", lens_x, "x of the centre of the lens [m]", any());
    v("lens_z", lens_z, "z of the centre of the lens [m]", any());
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
    v("depth", depth, "glow: steps at each scale; hint: levels", in_range(1, 1024));
    v("scales", scales, "glow: scales; hint: squeezes (2 give 16 channels and a real recursion)", in_range(1, 8));
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
    v("batch", batch, "pairs of one step, over all ranks", at_least(1));
    v("validation", validation, "training pairs kept for validation", at_least(1));
    v("patience", patience, "stop after this many epochs without a better validation loss", at_least(1));
    v("learning_rate", learning_rate, "step size of Adam", positive());
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
    v("keep", keep, "samples that are written out", at_least(0));
    v("batch", batch, "samples drawn at once on each rank", at_least(1));
    v("temperature", temperature, "standard deviation of the latent draws; 1: the flow as trained; 0: this and the "
      "amplitude of the samples are fitted to the validation pairs", non_negative());
  }
};

struct InvertSection {
  std::string method = "lsqr", preconditioner = "none";
  int iterations = 10, restart_every = 10, inner_iterations = 5;
  double velocity_min = 1400, velocity_max = 6000, smoothing = 0;
  std::vector<double> frequencies = {};
  template <class Visitor>
  void visit(Visitor& v) {
    v("method", method, "lsqr: least-squares migration; fwi: full waveform inversion by bounded quasi-Newton steps; "
      "gauss_newton: the same by Gauss-Newton steps", one_of({"lsqr", "gauss_newton", "fwi"}));
    v("iterations", iterations, "iterations of LSQR, or of each frequency band", at_least(1));
    v("preconditioner", preconditioner, "scale the image by the illumination of the sources, or not",
      one_of({"none", "illumination"}));
    v("velocity_min", velocity_min, "fwi, gauss_newton: lowest velocity of the model [m/s]", in_range(300, 10000));
    v("velocity_max", velocity_max, "fwi, gauss_newton: highest velocity of the model, which sets the time step [m/s]",
      in_range(300, 10000));
    v("frequencies", frequencies, "fwi, gauss_newton: low-pass corner of each band, ascending [Hz]; empty: one band with "
      "all frequencies", positive());
    v("smoothing", smoothing, "fwi, gauss_newton: standard deviation of the Gaussians that changes of the model are made "
      "of [m]; 0: none", non_negative());
    v("restart_every", restart_every,
      "fwi: iterations between two checkpoints, where the quasi-Newton memory starts anew", at_least(1));
    v("inner_iterations", inner_iterations, "gauss_newton: iterations of CGLS in each step", at_least(1));
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

struct BenchmarkSection {
  std::vector<double> sizes = {512, 1024, 4096}, cubes = {96, 256};
  std::vector<std::string> storages = {"full", "half"};
  double largest_gradient = 2, file_megabytes = 32;
  int repetitions = 5;
  bool training = true, keep_network = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("sizes", sizes, "points along each axis of the square grids that are timed", in_range(8, 100000));
    v("cubes", cubes, "points along each axis of the cubic grids that are timed", in_range(8, 4000));
    v("storages", storages, "storages of the background field whose gradients are timed",
      one_of({"full", "half", "boundary", "recompute"}));
    v("largest_gradient", largest_gradient, "gradients are timed on grids up to this size [million points]", non_negative());
    v("file_megabytes", file_megabytes, "size of the file that each rank writes and reads [MB]; 0: none", non_negative());
    v("repetitions", repetitions, "timed repetitions; medians are reported", at_least(1));
    v("training", training, "time the training of the flow, and its sampling, too", any());
    v("keep_network", keep_network, "write the timed flow with a batch and its losses to network.h5", any());
  }
};

struct VerifySection {
  int shots = 2;
  template <class Visitor>
  void visit(Visitor& v) {
    v("shots", shots, "shots that are tested, spread over the acquisition", at_least(1));
  }
};

/// Every section of the parameter file.
struct RunConfig {
  RunSection run;
  ParallelSection parallel;
  GridSection grid;
  ModelSection model;
  DensitySection density;
  AcquisitionSection acquisition;
  TimeSection time;
  WaveSection wave;
  NoiseSection noise;
  PriorSection prior;
  ObservedSection observed;
  PairsSection pairs;
  FlowSection flow;
  TrainSection train;
  PosteriorSection posterior;
  InvertSection invert;
  DiagnoseSection diagnose;
  BenchmarkSection benchmark;
  VerifySection verify;
  ProblemSection problem;
  RosenbrockSection rosenbrock;
  LinearGaussianSection linear_gaussian;
  CompressedSensingSection compressed_sensing;
  MixtureSection mixture;
  KinematicsSection kinematics;
  TissueSection tissue;
  StarClusterSection star_cluster;
  InvertibleSection inn;
  RejectionSection abc;
  AutoencoderSection cvae;
  RefineSection refine;
};

}  // namespace bornflow
