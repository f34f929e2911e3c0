#pragma once

#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"

/// The sections of inverse problems without a likelihood, and of the methods that are compared on them.
namespace bornflow {

struct MixtureSection {
  std::vector<double> labels = {0, 0, 0, 0, 1, 1, 2, 3};
  template <class Visitor>
  void visit(Visitor& v) {
    v("labels", labels, "label of each of the eight modes, anticlockwise from (2.4, 1): 0, 1, ... without a gap",
      in_range(0, 7));
  }
};

struct KinematicsSection {
  std::vector<double> lengths = {0.5, 0.5, 1}, deviations = {0.25, 0.5, 0.5, 0.5}, shown = {1, 1};
  template <class Visitor>
  void visit(Visitor& v) {
    v("lengths", lengths, "lengths of the three segments of the arm [1]", positive());
    v("deviations", deviations, "standard deviations of the priors: height of the base [1], three angles [rad]", positive());
    v("shown", shown, "end of the arm whose posterior is written out and drawn, y1 and y2 [1]", any());
  }
};

struct TissueSection {
  double noise = 0.03;
  template <class Visitor>
  void visit(Visitor& v) {
    v("noise", noise, "standard deviation of the noise of the log reflectances [1]", positive());
  }
};

struct StarClusterSection {
  double noise = 0.1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("noise", noise, "standard deviation of the noise of the log10 fluxes [decades]", positive());
  }
};

/// The losses of bidirectional_training.hpp; x and y are in units of their standard deviations.
struct InvertibleSection {
  int latent_size = 2, size = 0;
  double weight_y = 1, weight_padding = 1, weight_z = 1, weight_x = 1, weight_reconstruction = 1, weight_likelihood = 0;
  bool infer_noise = true;
  double x_ramp = 0.5, y_noise = 0.05, z_noise = 0.05, padding_noise = 0.05;
  std::vector<double> z_widths = {0.2, 0.5, 1.5}, x_widths = {0.05, 0.2, 0.9};
  template <class Visitor>
  void visit(Visitor& v) {
    v("latent_size", latent_size, "latent numbers z, what y does not tell of x", in_range(1, 64));
    v("size", size, "numbers of either end of the network, padding included; 0: as few as there can be", in_range(0, 128));
    v("weight_y", weight_y, "weight of the squared error of y", non_negative());
    v("weight_padding", weight_padding, "weight of the squared error of the padding", non_negative());
    v("weight_z", weight_z, "weight of the MMD between latents with y, and normal numbers with y", non_negative());
    v("weight_x", weight_x, "weight of the MMD between inverted samples and the prior", non_negative());
    v("weight_reconstruction", weight_reconstruction, "weight of the squared error of x from outputs with a little noise",
      non_negative());
    v("weight_likelihood", weight_likelihood, "weight of the negative log-likelihood of the latents; 0, as published: none",
      non_negative());
    v("x_ramp", x_ramp, "part of the training over which weight_x rises; at once it gathers samples in few modes",
      in_range(0, 1));
    v("z_widths", z_widths, "widths of the kernels of latents with y [standard deviations]", positive());
    v("x_widths", x_widths, "widths of the kernels of x [standard deviations]", positive());
    v("infer_noise", infer_noise, "the noise of the data, where the problem has any, is inferred with x: then the network can "
      "give y to any accuracy", any());
    v("y_noise", y_noise, "noise on y in training [standard deviations of y]", non_negative());
    v("z_noise", z_noise, "noise on latents for the reconstruction [1]", non_negative());
    v("padding_noise", padding_noise, "standard deviation of the padding [1]", non_negative());
  }
};

struct RejectionSection {
  double draws = 1e6, tolerance = 0;
  int keep = 1000;
  template <class Visitor>
  void visit(Visitor& v) {
    v("draws", draws, "draws of the prior that the ranks share out", in_range(100, 1e12));
    v("keep", keep, "samples that are kept for each data set: the nearest", in_range(20, 1000000));
    v("tolerance", tolerance, "largest distance that is kept [standard deviations of y]; 0: that of the nearest samples",
      non_negative());
  }
};

struct AutoencoderSection {
  int latent_size = 3, hidden = 128;
  double kl_weight = 0.02;
  template <class Visitor>
  void visit(Visitor& v) {
    v("latent_size", latent_size, "latent numbers of the autoencoder", in_range(1, 64));
    v("hidden", hidden, "hidden numbers of encoder and decoder", in_range(1, 4096));
    v("kl_weight", kl_weight, "weight of the divergence of the latents against the squared error of x [variances of x]",
      positive());
  }
};

}  // namespace bornflow
