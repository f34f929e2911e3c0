#include "src/app/waves/observed_data.hpp"

#include <string>

#include "src/app/products.hpp"
#include "src/app/waves/traces_file.hpp"

namespace bornflow {

namespace {

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
