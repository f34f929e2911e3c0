#include "solvers/survey/acquisition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// One part in 1e9 of a cell, so that a point computed as n * dx still counts as lying on the last grid point.
constexpr double cell_tolerance = 1e-9;

bool is_inside(double position, double origin, double spacing, int n) {
  const double cell = (position - origin) / spacing;
  return std::isfinite(cell) && cell >= -cell_tolerance && cell <= n - 1 + cell_tolerance;
}

bool is_inside(const Point& p, const Grid& g) {
  return is_inside(p.x, g.ox, g.dx, g.nx) && is_inside(p.z, g.oz, g.dz, g.nz) &&
         (g.is_2d() || is_inside(p.y, g.oy, g.dy, g.ny));
}

std::string extent(double origin, double spacing, int n) {
  std::ostringstream text;
  text << "[" << origin << ", " << origin + (n - 1) * spacing << "]";
  return text.str();
}

void require_inside(const std::vector<Point>& points, const Grid& g, const std::string& kind, bool some_are_absent = false) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (is_inside(points[i], g) || (some_are_absent && is_absent(points[i]))) continue;
    std::ostringstream text;
    text << kind << " " << i << " of " << points.size() << " at (x, y, z) = (" << points[i].x << ", " << points[i].y
         << ", " << points[i].z << ") m lies outside the grid: x in " << extent(g.ox, g.dx, g.nx);
    if (!g.is_2d()) text << ", y in " << extent(g.oy, g.dy, g.ny);
    text << ", z in " << extent(g.oz, g.dz, g.nz) << " m. Move it inside, or enlarge the grid.";
    throw UserError(text.str());
  }
}

void require_valid_spreads(const Acquisition& a, const Grid& grid) {
  if (!a.encodings.empty())
    throw UserError("Simultaneous shots need receivers that record every source; those of this survey differ from shot to shot.");
  if (a.spreads.size() != a.sources.size())
    throw UserError("The survey has receivers of " + std::to_string(a.spreads.size()) + " shots for " +
                    std::to_string(a.sources.size()) + " sources.");
  for (std::size_t shot = 0; shot < a.spreads.size(); ++shot) {
    const std::vector<Point>& spread = a.spreads[shot];
    if (spread.size() != a.spreads[0].size())
      throw UserError("Shot " + std::to_string(shot) + " has " + std::to_string(spread.size()) + " receivers, shot 0 has " +
                      std::to_string(a.spreads[0].size()) + ": fill up with absent ones.");
    if (std::all_of(spread.begin(), spread.end(), is_absent))
      throw UserError("Shot " + std::to_string(shot) + " has no receiver: at least one is needed.");
    require_inside(spread, grid, "Shot " + std::to_string(shot) + ": receiver", true);
  }
}

}  // namespace

Point absent_receiver() {
  const double none = std::numeric_limits<double>::quiet_NaN();
  return {none, none, none};
}

bool is_absent(const Point& receiver) { return std::isnan(receiver.x) && std::isnan(receiver.y) && std::isnan(receiver.z); }

std::int64_t Acquisition::n_pairs() const {
  if (spreads.empty()) return static_cast<std::int64_t>(sources.size()) * static_cast<std::int64_t>(receivers.size());
  return n_recorded_traces();
}

std::int64_t Acquisition::n_recorded_traces() const {
  if (spreads.empty()) return std::int64_t{n_shots()} * n_receivers();
  std::int64_t n = 0;
  for (const auto& spread : spreads) n += static_cast<std::int64_t>(spread.size()) - std::count_if(spread.begin(), spread.end(), is_absent);
  return n;
}

std::vector<Point> equispaced_points(int count, const Point& first, const Point& last) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const double s = count > 1 ? static_cast<double>(i) / (count - 1) : 0.0;
    points.push_back({first.x + s * (last.x - first.x), first.y + s * (last.y - first.y),
                      first.z + s * (last.z - first.z)});
  }
  return points;
}

std::vector<Point> equispaced_line(int count, double x_first, double x_last, double z, double y) {
  return equispaced_points(count, {x_first, y, z}, {x_last, y, z});
}

void require_valid(const Acquisition& a, const Grid& grid) {
  if (a.sources.empty()) throw UserError("The survey has no sources: at least one shot is needed.");
  if (a.spreads.empty() && a.receivers.empty()) throw UserError("The survey has no receivers: at least one is needed.");
  if (!(a.peak_frequency > 0) || !std::isfinite(a.peak_frequency))
    throw UserError("The peak frequency of the wavelet is " + std::to_string(a.peak_frequency) +
                    " Hz; it must be positive.");
  if (!(a.low_pass >= 0) || !std::isfinite(a.low_pass))
    throw UserError("The corner of the low-pass of the wavelet is " + std::to_string(a.low_pass) +
                    " Hz; it must be positive, or 0 for none.");
  if (!(a.sample_interval > 0) || !std::isfinite(a.sample_interval))
    throw UserError("The sample interval of the traces is " + std::to_string(a.sample_interval) +
                    " s; it must be positive.");
  if (a.n_samples < 2)
    throw UserError("The traces have " + std::to_string(a.n_samples) + " samples; at least 2 are needed.");
  for (std::size_t shot = 0; shot < a.encodings.size(); ++shot)
    if (a.encodings[shot].size() != a.sources.size())
      throw UserError("Simultaneous shot " + std::to_string(shot) + " has " + std::to_string(a.encodings[shot].size()) +
                      " amplitudes for " + std::to_string(a.sources.size()) + " sources.");
  require_inside(a.sources, grid, "Source");
  if (a.spreads.empty())
    require_inside(a.receivers, grid, "Receiver");
  else
    require_valid_spreads(a, grid);
}

}  // namespace bornflow
