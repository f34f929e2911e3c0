#include "src/app/parameters/survey_geometry.hpp"

#include <cmath>
#include <cstdint>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "solvers/survey/acquisition.hpp"
#include "src/app/input_files.hpp"

namespace bornflow {

namespace {

/// A dataset of positions: (n, 3), or (shots, n, 3).
struct Positions {
  std::vector<std::int64_t> shape;
  std::vector<double> values;

  bool are_of_shots() const { return shape.size() == 3; }
  Point point(std::size_t row) const { return {values[3 * row], values[3 * row + 1], values[3 * row + 2]}; }
  std::size_t n_rows() const { return values.size() / 3; }
  std::vector<Point> points(std::size_t first, std::size_t count) const {
    std::vector<Point> result;
    for (std::size_t row = first; row < first + count; ++row) result.push_back(point(row));
    return result;
  }
};

bool is_finite(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.z); }

Positions read_positions(const Hdf5File& file, const std::string& path, const std::string& name, bool may_be_of_shots) {
  if (!file.exists(name)) throw DataError(path + " has no dataset " + name + ", the positions (n, 3) with x, y, z in m.");
  Positions positions;
  positions.shape = file.shape(name);
  const std::size_t n_axes = positions.shape.size();
  bool fits = (n_axes == 2 || (n_axes == 3 && may_be_of_shots)) && positions.shape.back() == 3;
  for (const std::int64_t extent : positions.shape) fits = fits && extent > 0;
  if (!fits)
    throw DataError(path + ": " + name + " is not of the shape (n, 3)" + (may_be_of_shots ? " or (shots, n, 3)" : "") +
                    ": x, y, z of at least one point.");
  positions.values = file.read<double>(name);
  for (std::size_t row = 0; row < positions.n_rows(); ++row) {
    const Point point = positions.point(row);
    if (is_finite(point) || (positions.are_of_shots() && is_absent(point))) continue;
    const std::size_t n = static_cast<std::size_t>(positions.shape[n_axes - 2]);
    throw DataError(path + ": " + name + " holds a value that is not finite in row " + std::to_string(row % n) +
                    (positions.are_of_shots() ? " of shot " + std::to_string(row / n) + ". A trace that was not recorded has three NaN."
                     : may_be_of_shots          ? ". Traces that were not recorded are marked by three NaN in the shape (shots, n, 3)."
                                                : "."));
  }
  return positions;
}

void broadcast(const Communicator& world, Positions& positions) {
  world.broadcast(positions.shape);
  world.broadcast(positions.values);
}

}  // namespace

SurveyGeometry read_survey_geometry(const Communicator& world, const std::string& path) {
  Positions sources, receivers;
  run_on_root(world, [&] {
    require_input_files({{"acquisition", path}});
    const Hdf5File file = Hdf5File::open(path);
    sources = read_positions(file, path, "/sources", false);
    receivers = read_positions(file, path, "/receivers", true);
    if (receivers.are_of_shots() && receivers.shape[0] != sources.shape[0])
      throw DataError(path + ": /receivers are of " + std::to_string(receivers.shape[0]) + " shots, /sources of " +
                      std::to_string(sources.shape[0]) + ".");
  });
  broadcast(world, sources);
  broadcast(world, receivers);
  SurveyGeometry geometry;
  geometry.sources = sources.points(0, sources.n_rows());
  if (!receivers.are_of_shots()) {
    geometry.receivers = receivers.points(0, receivers.n_rows());
    return geometry;
  }
  const auto n = static_cast<std::size_t>(receivers.shape[1]);
  for (std::size_t shot = 0; shot < geometry.sources.size(); ++shot) geometry.spreads.push_back(receivers.points(shot * n, n));
  return geometry;
}

}  // namespace bornflow
