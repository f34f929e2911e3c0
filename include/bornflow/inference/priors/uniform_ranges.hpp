#pragma once

#include <string>
#include <vector>

#include "bornflow/inference/batch.hpp"

namespace bornflow {

/// A prior of independent numbers, each uniform between two ends.
struct UniformRange {
  std::string name;
  double low = 0, high = 1;
};
using UniformRanges = std::vector<UniformRange>;

std::vector<std::string> names_of(const UniformRanges& ranges);
void draw_uniform(const UniformRanges& ranges, RandomStream& stream, double* x);
/// x with what lies outside of its range at the end of it: samples of networks may overshoot by a little, to where a
/// simulation has no meaning.
std::vector<double> clamped(const UniformRanges& ranges, const double* x);

/// Each number of each row as the normal number of the same probability, which turns the prior into N(0, I) and has no ends
/// that a network could overshoot; and back.
Batch normal_scores(const UniformRanges& ranges, Batch x);
Batch of_normal_scores(const UniformRanges& ranges, Batch scores);

}  // namespace bornflow
