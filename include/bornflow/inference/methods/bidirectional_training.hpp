#pragma once

#include <vector>

#include "bornflow/inference/invertible_map.hpp"
#include "bornflow/inference/methods/training_schedule.hpp"

/// Training an invertible network in both directions (Ardizzone et al. 2019, "Analyzing inverse problems with invertible
/// neural networks"): it learns the simulation y = s(x), and puts what y does not tell of x into latent numbers z.
///
///   f: [x, padding] -> [z, padding, y]
///
/// Every term is a mean over the batch of a sum over numbers, or a squared MMD (mean_discrepancy.hpp):
///   L_y    |y_out - y|^2, and |padding_out|^2, against targets with a little noise
///   L_z    MMD of (z_out, y_out) and (N(0, I), y): z is normal and knows nothing of y. The gradient is blocked in y_out,
///          which L_y alone shall move.
///   L_x    MMD of the x of f^-1(z ~ N, padding ~ noise, y) and the x of the prior
///   L_rec  |f^-1(output with a little noise) - x|^2: the inverse is robust
///   L_ml   |z_out|^2 / 2 - log |det df|: the likelihood of z, in place of L_z (the variant of FrEIA); 0 in the publication
namespace bornflow {

struct BidirectionalLosses {
  double y = 0, padding = 0, z = 0, x = 0, reconstruction = 0, likelihood = 0;
};

struct BidirectionalOptions {
  int latent_size = 2;
  BidirectionalLosses weights;
  double x_ramp = 0;            ///< part of all updates over which the weight of L_x rises from a thousandth to all of it
  std::vector<double> z_widths, x_widths;              ///< of the kernels
  double y_noise = 0.1, z_noise = 0.1, padding_noise = 0.05;   ///< standard deviations, in training
  double sample_noise = 0;      ///< the same of y where samples are drawn
  TrainingSchedule schedule;
};

/// Trains on pairs. x and y need scales near one; the map has at least the size of either end. Returns the mean losses of
/// each epoch, unweighted; what has no weight is not computed and stays zero. NumericalError when a loss is not finite.
std::vector<BidirectionalLosses> train_bidirectionally(InvertibleMap& map, const Batch& x, const Batch& y,
                                                       const BidirectionalOptions& options);

/// x of f^-1(z ~ N, padding ~ noise, y + sample_noise N), `count` samples for one y; a function of (seed, number). With a
/// weight of the likelihood, exp(-loss) is a density of x given y in which the output is normal about y with the
/// variance weight_ml / (2 weight_y), and this is how it is sampled.
Batch inverted_samples(InvertibleMap& map, const std::vector<double>& y, int x_size, int count,
                       const BidirectionalOptions& options, std::uint64_t seed, std::uint64_t number);

}  // namespace bornflow
