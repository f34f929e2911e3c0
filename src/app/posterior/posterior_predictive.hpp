#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flows/posterior/posterior_sampler.hpp"
#include "src/app/waves/experiment.hpp"

namespace bornflow {

/// Which pairs a posterior predictive check simulates: the first `count` of the test pairs, rows from `first` on of the file.
struct PredictivePairs {
  std::string path;
  std::int64_t first = 0, count = 0;
  int samples = 1;   ///< of each posterior
};

/// Do data simulated from posterior samples differ from the data by no more than the noise? For each pair with data d = J x + n,
///
///   ratio = sqrt( mean over samples s of |d - J x_s|^2 ) / |n|.
///
/// (x_s, d) has the law of (x, d) when the posterior is exact, so that the mean of the squared ratio is 1: a chi-square of the
/// data in units of the noise that is there, whatever its spectrum. Less tells of samples that fit the noise, more of samples
/// that do not explain the data. One wave for each sample and shot. Collective; the same on every rank, for any number of them.
std::vector<double> predictive_ratios(const RunContext& run, Experiment& experiment, PosteriorSampler& sampler,
                                      const PredictivePairs& pairs);

}  // namespace bornflow
