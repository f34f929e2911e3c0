#include "bornflow/inference/priors/uniform_ranges.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

double probability(double score) { return 0.5 * std::erfc(-score / std::sqrt(2.0)); }

// Abramowitz and Stegun 1964, 26.2.23, to 4.5e-4, and two steps of Newton's method.
double score(double p) {
  const double tail = std::min(p, 1 - p), t = std::sqrt(-2 * std::log(tail));
  double s = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int step = 0; step < 2; ++step) s -= (probability(s) - tail) * std::sqrt(2 * M_PI) * std::exp(0.5 * s * s);
  return p < 0.5 ? s : -s;
}

}  // namespace

std::vector<std::string> names_of(const UniformRanges& ranges) {
  std::vector<std::string> names;
  for (const UniformRange& range : ranges) names.push_back(range.name);
  return names;
}

void draw_uniform(const UniformRanges& ranges, RandomStream& stream, double* x) {
  for (std::size_t c = 0; c < ranges.size(); ++c) x[c] = stream.uniform(ranges[c].low, ranges[c].high);
}

std::vector<double> clamped(const UniformRanges& ranges, const double* x) {
  std::vector<double> inside(ranges.size());
  for (std::size_t c = 0; c < ranges.size(); ++c) inside[c] = std::clamp(x[c], ranges[c].low, ranges[c].high);
  return inside;
}

Batch normal_scores(const UniformRanges& ranges, Batch x) {
  BORNFLOW_REQUIRE(static_cast<int>(ranges.size()) == x.size, "one range a number");
  constexpr double least = 1e-7;   // ends, and what rounding puts there, have no finite score
  for (int i = 0; i < x.count; ++i)
    for (int c = 0; c < x.size; ++c) {
      const double p = (x.row(i)[c] - ranges[c].low) / (ranges[c].high - ranges[c].low);
      x.row(i)[c] = score(std::clamp(p, least, 1 - least));
    }
  return x;
}

Batch of_normal_scores(const UniformRanges& ranges, Batch scores) {
  BORNFLOW_REQUIRE(static_cast<int>(ranges.size()) == scores.size, "one range a number");
  for (int i = 0; i < scores.count; ++i)
    for (int c = 0; c < scores.size; ++c)
      scores.row(i)[c] = ranges[c].low + (ranges[c].high - ranges[c].low) * probability(scores.row(i)[c]);
  return scores;
}

}  // namespace bornflow
