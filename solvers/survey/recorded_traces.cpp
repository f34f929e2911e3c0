#include "solvers/survey/recorded_traces.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "solvers/survey/noise.hpp"

namespace bornflow {

namespace {

/// action(first sample of the trace) for the receivers of the shot that are absent, or that are not.
template <class Value, class Action>
void for_each_trace(const Acquisition& acquisition, int shot, bool absent, Value* traces, const Action& action) {
  for (const Point& receiver : acquisition.spread(shot)) {
    if (is_absent(receiver) == absent) action(traces);
    traces += acquisition.n_samples;
  }
}

}  // namespace

void mute_absent(const Acquisition& acquisition, int shot, float* traces) {
  for_each_trace(acquisition, shot, true, traces, [&](float* trace) { std::fill_n(trace, acquisition.n_samples, 0.0f); });
}

double strength(const Acquisition& acquisition, int shot, const float* traces) {
  std::vector<float> samples;
  samples.reserve(acquisition.spread(shot).size() * static_cast<std::size_t>(acquisition.n_samples));
  for_each_trace(acquisition, shot, false, traces,
                 [&](const float* trace) { samples.insert(samples.end(), trace, trace + acquisition.n_samples); });
  return absolute_quantile(std::move(samples), 0.98);
}

int count_zero_traces(const Acquisition& acquisition, int shot, const float* traces) {
  int count = 0;
  for_each_trace(acquisition, shot, false, traces, [&](const float* trace) {
    count += std::all_of(trace, trace + acquisition.n_samples, [](float value) { return value == 0; });
  });
  return count;
}

}  // namespace bornflow
