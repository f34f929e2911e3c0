#include "src/app/waves/observed_data.hpp"

#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/report/number.hpp"
#include "solvers/survey/recorded_traces.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

constexpr double same_place = 0.01;   // [m]: coordinates in a file are rounded

std::vector<double> coordinates(const std::vector<Point>& points) {
  std::vector<double> values;
  for (const Point& point : points) values.insert(values.end(), {point.x, point.y, point.z});
  return values;
}

std::vector<double> receiver_coordinates(const Acquisition& acquisition) {
  std::vector<double> values = coordinates(acquisition.receivers);
  for (const auto& spread : acquisition.spreads) {
    const std::vector<double> of_shot = coordinates(spread);
    values.insert(values.end(), of_shot.begin(), of_shot.end());
  }
  return values;
}

/// (receivers, 3), or (shots, receivers, 3) where they differ.
std::vector<std::int64_t> receivers_shape(const Acquisition& acquisition) {
  if (acquisition.spreads.empty()) return {acquisition.n_receivers(), 3};
  return {acquisition.n_shots(), acquisition.n_receivers(), 3};
}

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto extent : shape) text += (text.empty() ? "(" : ", ") + std::to_string(extent);
  return text + ")";
}

}  // namespace

void write_observed(const RunContext& run, const Experiment& experiment, const ObservedData& data) {
  const Acquisition& acquisition = experiment.acquisition();
  const Grid& grid = experiment.grid();
  const auto n_sources = static_cast<std::int64_t>(acquisition.sources.size());
  const std::int64_t n_shots = acquisition.n_shots();

  OutputFile output(run.folder.path(file_name(Product::observed)), run.world());
  Hdf5File& file = output.file();
  file.create_dataset<float>("/traces", {n_shots, acquisition.n_receivers(), acquisition.n_samples});
  const WorkRange shots = experiment.teams().shots();
  const bool writes = experiment.writes_shots();
  file.write_rows("/traces", writes ? shots.begin : 0, writes ? shots.size() : 0, data.traces.data());
  if (!data.truth.empty()) {
    file.write("/truth", image_shape(grid), data.truth.data());
    file.write_attribute("/truth", "units", std::string("s2/km2"));
  }
  file.write("/velocity", image_shape(grid), experiment.background().velocity.values.data());
  file.write_attribute("/velocity", "units", std::string("m/s"));
  file.write("/sources", {n_sources, 3}, coordinates(acquisition.sources).data());
  file.write("/receivers", receivers_shape(acquisition), receiver_coordinates(acquisition).data());
  if (!acquisition.encodings.empty()) {
    std::vector<double> encodings;
    for (const auto& shot : acquisition.encodings) encodings.insert(encodings.end(), shot.begin(), shot.end());
    file.write("/encodings", {n_shots, n_sources}, encodings.data());
  }
  stamp(file, Product::observed, run);
  file.write_attribute("/", "sample_interval", acquisition.sample_interval);
  file.write_attribute("/", "noise_sigma", run.config.observed.noise_factor * experiment.noise().sigma);
  output.commit();
}

namespace {

std::vector<float> read_traces(const Hdf5File& file, const std::string& path, const std::string& dataset,
                               const Acquisition& acquisition, WorkRange shots, const std::string& cure) {
  const std::vector<std::int64_t> expected = {acquisition.n_shots(), acquisition.n_receivers(), acquisition.n_samples};
  if (!file.exists(dataset)) throw DataError(path + " has no dataset " + dataset + ".");
  if (file.shape(dataset) != expected)
    throw DataError(path + ": " + dataset + " is " + text_of(file.shape(dataset)) + ", but [acquisition] and [time] ask for " +
                    text_of(expected) + " (shots, receivers, samples).");
  std::vector<float> traces(static_cast<std::size_t>(shots.size() * expected[1] * expected[2]));
  file.read_rows(dataset, shots.begin, shots.size(), traces.data());
  for (auto shot = shots.begin; shot < shots.end; ++shot)
    mute_absent(acquisition, static_cast<int>(shot), traces.data() + (shot - shots.begin) * expected[1] * expected[2]);
  for (std::size_t i = 0; i < traces.size(); ++i)
    if (!std::isfinite(traces[i]))
      throw DataError(path + ": " + dataset + " holds a value that is not finite in shot " +
                      std::to_string(shots.begin + static_cast<std::int64_t>(i) / (expected[1] * expected[2])) +
                      cure);
  return traces;
}

/// that `there`, of a file, is `here`, of [acquisition]: x, y and z of the point that `name` names.
void require_same_point(const std::string& path, const std::string& name, const double* there, const Point& here) {
  const double expected[3] = {here.x, here.y, here.z};
  for (int axis = 0; axis < 3; ++axis)
    if (!(std::abs(there[axis] - expected[axis]) <= same_place))
      throw UserError(path + ": " + name + " has " + "xyz"[axis] + " = " + format_significant(there[axis]) + " m where [acquisition] puts " +
                      format_significant(expected[axis]) + " m.");
}

void require_same_sources(const Hdf5File& file, const std::string& path, const Acquisition& acquisition) {
  if (!file.exists("/sources")) return;
  const std::vector<std::int64_t> expected = {static_cast<std::int64_t>(acquisition.sources.size()), 3};
  if (file.shape("/sources") != expected)
    throw DataError(path + ": /sources is " + text_of(file.shape("/sources")) + ", but [acquisition] asks for " + text_of(expected) + ".");
  const std::vector<double> there = file.read<double>("/sources");
  for (std::size_t i = 0; i < acquisition.sources.size(); ++i)
    require_same_point(path, "source " + std::to_string(i) + " of /sources", there.data() + 3 * i, acquisition.sources[i]);
}

// Positions of all shots or of each. Where a trace was not recorded it does not matter what the file says.
void require_same_receivers(const Hdf5File& file, const std::string& path, const Acquisition& acquisition) {
  if (!file.exists("/receivers")) return;
  const std::vector<std::int64_t> of_all = {acquisition.n_receivers(), 3}, shape = file.shape("/receivers");
  const std::vector<std::int64_t> of_shots = {acquisition.n_shots(), acquisition.n_receivers(), 3};
  if (shape != of_all && shape != of_shots)
    throw DataError(path + ": /receivers is " + text_of(shape) + ", but [acquisition] asks for " + text_of(of_all) + " or " +
                    text_of(of_shots) + ".");
  const std::vector<double> there = file.read<double>("/receivers");
  for (int shot = 0; shot < acquisition.n_shots(); ++shot) {
    const std::vector<Point>& here = acquisition.spread(shot);
    const double* point = there.data() + (shape == of_shots ? 3 * here.size() * static_cast<std::size_t>(shot) : 0);
    for (std::size_t i = 0; i < here.size(); ++i, point += 3)
      if (!is_absent(here[i]))
        require_same_point(path, "receiver " + std::to_string(i) + " of shot " + std::to_string(shot) + " in /receivers", point, here[i]);
  }
}

}  // namespace

std::vector<float> read_field_records(const RunContext& run, const Acquisition& acquisition, WorkRange shots) {
  const std::string &path = run.config.observed.file, &dataset = run.config.observed.dataset;
  const Hdf5File file = Hdf5File::open(path);
  std::vector<float> traces = read_traces(file, path, dataset, acquisition, shots,
                                                ". Repair the trace, or mark it as not recorded by NaN in /receivers (shots, receivers, "
                                                "3) of [acquisition] file.");
  for (const std::string& object : {dataset, std::string("/")}) {
    if (!file.has_attribute(object, "sample_interval")) continue;
    const double interval = file.number_attribute(object, "sample_interval");
    if (!(std::abs(interval - acquisition.sample_interval) <= 1e-6 * acquisition.sample_interval))
      throw UserError(path + ": sample_interval is " + format_significant(interval) + " s, but [time] sample_interval = " +
                      format_significant(acquisition.sample_interval) + " s.");
  }
  require_same_sources(file, path, acquisition);
  require_same_receivers(file, path, acquisition);
  return traces;
}

ObservedData read_records(const RunContext& run, const Acquisition& acquisition, WorkRange shots) {
  const std::string path = run.folder.path(file_name(Product::observed));
  const Hdf5File file = Hdf5File::open(path);
  ObservedData data;
  data.traces = read_traces(file, path, "/traces", acquisition, shots, ". Remove the file and run 'bornflow model' again.");
  if (file.exists("/truth")) data.truth = file.read<float>("/truth");
  return data;
}

ObservedData read_observed(const RunContext& run, Experiment& experiment) {
  const WorkRange shots = experiment.teams().shots();
  ObservedData data = read_records(run, experiment.acquisition(), shots);
  if (run.config.observed.physics != "full") return data;
  std::vector<float> background(experiment.born().traces_size());
  auto value = data.traces.begin();
  for (auto shot = shots.begin; shot < shots.end; ++shot) {
    experiment.born().forward(static_cast<int>(shot), background.data());
    for (const float sample : background) *value++ -= sample;
  }
  return data;
}

}  // namespace bornflow
