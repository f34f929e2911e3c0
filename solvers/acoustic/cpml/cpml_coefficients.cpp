#include "solvers/acoustic/cpml/cpml_coefficients.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/finite_difference.hpp"

namespace bornflow {

namespace {

constexpr double km = 1000.0;   // [m]
constexpr double pi = 3.14159265358979323846;
constexpr int profile_padding = 16;   // the last pack is read whole

double spacing_of(const Grid& g, Axis axis) { return axis == Axis::x ? g.dx : axis == Axis::y ? g.dy : g.dz; }

float greatest_of_face(const Grid& g, const std::vector<float>& velocity, Axis axis, Side side) {
  IndexBox face{0, g.nx, 0, g.ny, 0, g.nz};
  const auto flatten = [side](int& begin, int& end) { (side == Side::low ? end : begin) = side == Side::low ? 1 : end - 1; };
  if (axis == Axis::x) flatten(face.x_begin, face.x_end);
  if (axis == Axis::y) flatten(face.y_begin, face.y_end);
  if (axis == Axis::z) flatten(face.z_begin, face.z_end);
  float greatest = 0;
  for (int z = face.z_begin; z < face.z_end; ++z)
    for (int y = face.y_begin; y < face.y_end; ++y)
      for (int x = face.x_begin; x < face.x_end; ++x)
        greatest = std::max(greatest, velocity[(static_cast<std::size_t>(z) * g.ny + y) * g.nx + x]);
  return greatest;
}

template <class T>
CpmlWeights<T> make_weights(int space_order, double h) {
  CpmlWeights<T> weights{};
  const auto first = first_derivative_weights(space_order), second = second_derivative_weights(space_order);
  for (std::size_t k = 0; k < first.size(); ++k) {
    weights.first[k] = static_cast<T>(first[k] * km / h);
    weights.second[k] = static_cast<T>(second[k] * km * km / (h * h));
  }
  return weights;
}

}  // namespace

CpmlProfile cpml_profile(const CpmlProfileInput& input) {
  const int active = input.width - input.radius;
  BORNFLOW_REQUIRE(active > 0, "a CPML is wider than the stencil reaches");
  const auto width = static_cast<std::size_t>(input.width);
  CpmlProfile profile{std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  const double loss = cpml_attenuation_db(active) / 20 * std::log(10.0);
  const double strongest = 1.5 * loss * input.velocity / (active * input.spacing);   // the mean of depth^2 is 1/3; there and back
  for (int i = 0; i < active; ++i) {
    const double depth = static_cast<double>(active - i) / active;
    const double sigma = strongest * depth * depth, alpha = 0.5 * pi * input.frequency * (1 - depth);
    profile.decay[i] = std::exp(-(sigma + alpha) * input.dt);
    profile.gain[i] = sigma / (sigma + alpha) * (profile.decay[i] - 1);
  }
  return profile;
}

template <class T>
CpmlCoefficients<T> make_cpml_coefficients(const PaddedLayout& layout, const Grid& grid, Axis axis,
                                           const PropagatorOptions& options, double dt,
                                           const std::vector<float>& velocity) {
  CpmlCoefficients<T> c;
  c.slabs = make_cpml_slabs(layout, axis);
  if (c.slabs.count == 0) return c;
  const double h = spacing_of(grid, axis);
  c.weights = make_weights<T>(options.space_order, h);
  c.profile_stride = c.slabs.width + profile_padding;
  std::vector<T> decay(static_cast<std::size_t>(c.profile_stride * c.slabs.count)), gain(decay.size());
  for (int slab = 0; slab < c.slabs.count; ++slab) {
    const Side side = c.slabs.is_low(slab) ? Side::low : Side::high;
    CpmlProfile profile = cpml_profile({c.slabs.width, layout.radius, h, greatest_of_face(grid, velocity, axis, side),
                                        options.layer_frequency, dt});
    if (side == Side::high) {
      std::reverse(profile.decay.begin(), profile.decay.end());
      std::reverse(profile.gain.begin(), profile.gain.end());
    }
    for (int i = 0; i < c.slabs.width; ++i) {
      decay[slab * c.profile_stride + i] = static_cast<T>(profile.decay[i]);
      gain[slab * c.profile_stride + i] = static_cast<T>(profile.gain[i]);
    }
  }
  c.decay = to_device("bornflow::CpmlCoefficients::decay", decay);
  c.gain = to_device("bornflow::CpmlCoefficients::gain", gain);
  return c;
}

template CpmlCoefficients<float> make_cpml_coefficients(const PaddedLayout&, const Grid&, Axis, const PropagatorOptions&,
                                                        double, const std::vector<float>&);
template CpmlCoefficients<double> make_cpml_coefficients(const PaddedLayout&, const Grid&, Axis, const PropagatorOptions&,
                                                         double, const std::vector<float>&);

}  // namespace bornflow
