#include "bornflow/inference/uniform_ranges.hpp"

#include <algorithm>

namespace bornflow {

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

}  // namespace bornflow
