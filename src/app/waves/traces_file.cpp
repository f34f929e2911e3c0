#include "src/app/waves/traces_file.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "solvers/survey/recorded_traces.hpp"

namespace bornflow {

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto extent : shape) text += (text.empty() ? "(" : ", ") + std::to_string(extent);
  return text + ")";
}

void require_traces(const Hdf5File& file, const std::string& path, const std::string& dataset, const Acquisition& acquisition) {
  const std::vector<std::int64_t> expected = {acquisition.n_shots(), acquisition.n_receivers(), acquisition.n_samples};
  if (!file.exists(dataset)) throw DataError(path + " has no dataset " + dataset + ".");
  if (file.shape(dataset) != expected)
    throw DataError(path + ": " + dataset + " is " + text_of(file.shape(dataset)) + ", but [acquisition] and [time] ask for " +
                    text_of(expected) + " (shots, receivers, samples).");
}

std::vector<float> read_traces(const Hdf5File& file, const std::string& path, const std::string& dataset,
                               const Acquisition& acquisition, WorkRange shots, const std::string& cure) {
  require_traces(file, path, dataset, acquisition);
  const std::int64_t per_shot = std::int64_t{acquisition.n_receivers()} * acquisition.n_samples;
  std::vector<float> traces(static_cast<std::size_t>(shots.size() * per_shot));
  file.read_rows(dataset, shots.begin, shots.size(), traces.data());
  for (auto shot = shots.begin; shot < shots.end; ++shot)
    mute_absent(acquisition, static_cast<int>(shot), traces.data() + (shot - shots.begin) * per_shot);
  for (std::size_t i = 0; i < traces.size(); ++i)
    if (!std::isfinite(traces[i]))
      throw DataError(path + ": " + dataset + " holds a value that is not finite in shot " +
                      std::to_string(shots.begin + static_cast<std::int64_t>(i) / per_shot) +
                      cure);
  return traces;
}

}  // namespace bornflow
