#include "src/app/parameters/survey_geometry.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/app/input_files.hpp"

namespace bornflow {

namespace {

std::vector<double> read_coordinates(const Hdf5File& file, const std::string& path, const std::string& name) {
  if (!file.exists(name)) throw DataError(path + " has no dataset " + name + ", the positions (n, 3) with x, y, z in m.");
  const std::vector<std::int64_t> shape = file.shape(name);
  if (shape.size() != 2 || shape[0] < 1 || shape[1] != 3)
    throw DataError(path + ": " + name + " is not of the shape (n, 3): x, y, z of at least one point.");
  std::vector<double> values = file.read<double>(name);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) throw DataError(path + ": " + name + " holds a value that is not finite in row " + std::to_string(i / 3) + ".");
  return values;
}

std::vector<Point> points_of(const std::vector<double>& values) {
  std::vector<Point> points;
  for (std::size_t i = 0; i + 2 < values.size(); i += 3) points.push_back({values[i], values[i + 1], values[i + 2]});
  return points;
}

}  // namespace

SurveyGeometry read_survey_geometry(const Communicator& world, const std::string& path) {
  std::vector<double> sources, receivers;
  run_on_root(world, [&] {
    require_input_files({{"acquisition", path}});
    const Hdf5File file = Hdf5File::open(path);
    sources = read_coordinates(file, path, "/sources");
    receivers = read_coordinates(file, path, "/receivers");
  });
  world.broadcast(sources);
  world.broadcast(receivers);
  return {points_of(sources), points_of(receivers)};
}

}  // namespace bornflow
