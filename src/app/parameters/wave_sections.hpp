#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"

/// Waves: the grid, its medium, the experiment and the solver, and the inversion of its records.
namespace bornflow {

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
    v("oz", oz, "depth in the file of [model], and of [density], of the first row below the water [m]; z of the grid starts at 0",
      any());
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
  std::string file = "";
  template <class Visitor>
  void visit(Visitor& v) {
    v("sources", sources, "sources, equispaced over the width of the grid; a single one is in the middle", at_least(1));
    v("receivers", receivers, "receivers of the fixed spread, equispaced over the width of the grid", at_least(1));
    v("source_lines", source_lines, "3-D: lines of sources, equispaced over y; 1: in the middle", at_least(1));
    v("receiver_lines", receiver_lines, "3-D: lines of receivers, equispaced over y; 1: in the middle", at_least(1));
    v("source_depth", source_depth, "depth of the sources below z = 0 [m]", non_negative());
    v("receiver_depth", receiver_depth, "depth of the receivers below z = 0 [m]", non_negative());
    v("simultaneous", simultaneous, "shots that fire all sources together with random Gaussian amplitudes, instead of one "
      "shot a source; 0: none", at_least(0));
    v("file", file, "HDF5 file with /sources and /receivers, (n, 3) with x, y, z in m, or receivers (shots, n, 3), in the place of equispaced lines", any());
  }
};

struct TimeSection {
  double record_length = 0.9, sample_interval = 0.002, peak_frequency = 22, dt = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("record_length", record_length, "length of the records [s]", positive());
    v("sample_interval", sample_interval, "time between recorded samples [s]", positive());
    v("peak_frequency", peak_frequency, "peak frequency of the Ricker wavelet [Hz]", positive());
    v("dt", dt, "time step [s]; 0: the largest that divides the sample interval, within 0.9 of the limit of stability", non_negative());
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
    v("storage", storage, "how a background wavefield is kept for the adjoint: every step; 16 or 8 bits and fewer steps "
      "(approximate); the rim of the grid (run backwards); or snapshots (run again, the same to the bit)",
      one_of({"full", "half", "byte", "boundary", "recompute"}));
    v("storage_memory", storage_memory, "recompute: memory of one shot [GB]; 0: all of background_memory", non_negative());
  }
};

struct NoiseSection {
  double level = 0.29;
  std::string band = "ricker";
  template <class Visitor>
  void visit(Visitor& v) {
    v("level", level, "standard deviation of the noise over the mean 98 % quantile of |clean trace values|: of Born data of the "
      "first four images of [prior], whatever is observed", in_range(0, 1000));
    v("band", band, "spectrum of the noise: white, or that of the wavelet", one_of({"white", "ricker"}));
  }
};

struct ObservedSection {
  std::string truth = "prior", mode = "same", physics = "born", file = "", dataset = "/traces";
  std::int64_t index = 1000000;
  double noise_factor = 1, lens_change = 0, lens_radius = 100, lens_x = 0, lens_z = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("truth", truth, "what is imaged: an image of the prior, the model file less its background, or the lens alone; unknown: "
      "what the records of file show", one_of({"prior", "model", "lens", "unknown"}));
    v("file", file, "unknown: HDF5 file of shot records for a source of unit amplitude that starts at time 0", any());
    v("dataset", dataset, "unknown: its dataset, (shots, receivers, samples) of [acquisition] and [time]", any());
    v("index", index, "prior: number of the image; the pairs are 0, 1, 2, ...", at_least(0));
    v("mode", mode, "prior: images of [prior] mode, or of a mode that the training images are not of", one_of({"same", "shallow", "deep"}));
    v("noise_factor", noise_factor, "standard deviation of the noise of these data over that of the pairs", positive());
    v("physics", physics, "simulate Born data, the difference of nonlinear data to those of the background, or the full "
      "nonlinear data (linear methods then subtract the background's data themselves); unknown: what the records are",
      one_of({"born", "nonlinear", "full"}));
    v("lens_change", lens_change, "velocity that a Gaussian lens adds to the truth at its centre [m/s]; 0: none", any());
    v("lens_radius", lens_radius, "standard deviation of the lens [m]", positive());
    v("lens_x", lens_x, "x of the centre of the lens [m]", any());
    v("lens_z", lens_z, "z of the centre of the lens [m]", any());
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

}  // namespace bornflow
