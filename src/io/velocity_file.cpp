// Wave speeds in the units of users, and the refusal of values that cannot be what they are said to be.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "bornflow/base/error.hpp"
#include "bornflow/io/model_input.hpp"

namespace bornflow {

namespace {

constexpr double slowest = 300, fastest = 10000;        // what is accepted [m/s]
constexpr double usual_slowest = 1300, usual_fastest = 8700;  // of whole models in earth and tissue [m/s]

struct Units {
  const char* name;
  double (*to_metres_per_second)(double);
};

constexpr std::array<Units, 4> known_units{{
    {"m/s", [](double v) { return v; }},
    {"km/s", [](double v) { return 1e3 * v; }},
    {"ft/s", [](double v) { return 0.3048 * v; }},
    {"s2/km2", [](double m) { return 1e3 / std::sqrt(m); }},
}};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

const Units& units_of(const VelocitySource& source) {
  std::string names;
  for (const Units& units : known_units) {
    if (source.units == units.name) return units;
    names += (names.empty() ? "" : ", ") + std::string(units.name);
  }
  throw UserError("units = " + source.units + " is unknown for a wave speed; use one of " + names);
}

void require_finite(const GridField& field, const std::string& path) {
  const auto is_bad = [](float value) { return !std::isfinite(value); };
  const auto first = std::find_if(field.values.begin(), field.values.end(), is_bad);
  if (first == field.values.end()) return;
  const auto count = std::count_if(first, field.values.end(), is_bad);
  const auto at = first - field.values.begin();
  throw DataError("'" + path + "': " + std::to_string(count) + " of " + std::to_string(field.values.size()) +
                  " values are NaN or infinite, the first at iz = " + std::to_string(at / field.grid.nx) +
                  ", ix = " + std::to_string(at % field.grid.nx) + "; fill them before the run");
}

bool all_between(const Units& units, double smallest, double largest, double low, double high) {
  const double a = units.to_metres_per_second(smallest), b = units.to_metres_per_second(largest);
  return std::min(a, b) >= low && std::max(a, b) <= high;
}

/// The units which make the values a usual wave speed, or else an acceptable one.
std::string likely_cause(double smallest, double largest) {
  if (smallest <= 0) return "a wave speed is positive; fill the holes in the model";
  for (const auto& [low, high] : {std::pair{usual_slowest, usual_fastest}, std::pair{slowest, fastest}})
    for (const Units& units : known_units)
      if (all_between(units, smallest, largest, low, high))
        return "they look like " + std::string(units.name) + ": set units = " + units.name;
  if (all_between(known_units[3], 1e6 * smallest, 1e6 * largest, slowest, fastest))
    return "they look like squared slowness in s2/m2: multiply by 1e6 and set units = s2/km2";
  return "they fit none of the units m/s, km/s, ft/s, s2/km2; check the byte order and the type of the values";
}

}  // namespace

GridField read_velocity(const VelocitySource& source) {
  const Units& units = units_of(source);
  GridField field =
      read_field({source.path, source.dataset, source.spacing_x, source.spacing_z, source.nx, source.nz});
  require_finite(field, source.path);
  const auto [smallest, largest] = std::minmax_element(field.values.begin(), field.values.end());
  if (!(*smallest > 0) || !all_between(units, *smallest, *largest, slowest, fastest)) {
    const auto n_bad = std::count_if(field.values.begin(), field.values.end(), [](float v) { return !(v > 0); });
    throw DataError("'" + source.path + "': the values " + number(*smallest) + " .. " + number(*largest) +
                    " are no wave speed in " + units.name + " (allowed: 300 to 10000 m/s)" +
                    (n_bad > 0 ? ", " + std::to_string(n_bad) + " of them are zero or negative" : "") + "; " +
                    likely_cause(*smallest, *largest));
  }
  for (float& value : field.values) value = static_cast<float>(units.to_metres_per_second(value));
  return field;
}

}  // namespace bornflow
