#include "solvers/acoustic/medium.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/field_memory.hpp"
#include "solvers/acoustic/finite_difference.hpp"

namespace bornflow {

namespace {

constexpr double km = 1000.0;  // [m]
constexpr std::size_t damping_padding = 16;   // the last pack of a row is read whole

template <class T>
Stencil<T> make_stencil(const Grid& g, int space_order) {
  const auto weights = second_derivative_weights(space_order);
  Stencil<T> stencil{};
  double centre = 0;
  const auto set_axis = [&](int n, double h, T* axis) {
    if (n == 1) return;
    const double scale = km * km / (h * h);
    centre += scale * weights[0];
    for (std::size_t k = 1; k < weights.size(); ++k) axis[k] = static_cast<T>(scale * weights[k]);
  };
  set_axis(g.nx, g.dx, stencil.x);
  set_axis(g.ny, g.dy, stencil.y);
  set_axis(g.nz, g.dz, stencil.z);
  stencil.centre = static_cast<T>(centre);
  return stencil;
}

/// `sigma` [1/km] is of the global axis, `start` the part's first point there; the result is at most `bound` [1/km].
template <class T>
DeviceArray<T> scaled_damping(const char* label, const std::vector<double>& sigma, int start, int n, double bound) {
  DeviceArray<T> result(std::string(label), static_cast<std::size_t>(n) + damping_padding);
  const auto host = Kokkos::create_mirror_view(result);
  for (int i = 0; i < n; ++i) host(i) = static_cast<T>(std::min(sigma[static_cast<std::size_t>(start + i)] / 2, bound));
  Kokkos::deep_copy(result, host);
  return result;
}

}  // namespace

std::vector<double> layer_damping(int n, int layer, double h) {
  std::vector<double> sigma(static_cast<std::size_t>(n), 0.0);
  double sum = 0;
  for (int depth = 1; depth <= layer; ++depth) sum += depth * depth;
  // The amplitude falls by exp(-sigma h / 2) a point, on the way in and on the way out.
  const double total = layer_attenuation_db(layer) / 20 * std::log(10.0);
  for (int i = 0; i < layer; ++i) {
    const double depth = layer - i;
    sigma[i] = sigma[n - 1 - i] = total * depth * depth / sum / (h / km);
  }
  return sigma;
}

VelocityRange require_valid_velocity(const Grid& g, const std::vector<float>& velocity) {
  if (velocity.size() != g.size())
    throw UserError("The velocity model has " + std::to_string(velocity.size()) + " values, the grid has " +
                    std::to_string(g.size()) + " points.");
  VelocityRange range{velocity[0], velocity[0]};
  for (std::size_t i = 0; i < velocity.size(); ++i) {
    if (!(velocity[i] > 0) || !std::isfinite(velocity[i])) {
      std::ostringstream text;
      const std::size_t plane = static_cast<std::size_t>(g.nx) * g.ny;
      text << "The velocity at (iz, iy, ix) = (" << i / plane << ", " << i % plane / g.nx << ", " << i % g.nx
           << ") is " << velocity[i] << " m/s; it must be positive and finite.";
      throw UserError(text.str());
    }
    range.min = std::min<double>(range.min, velocity[i]);
    range.max = std::max<double>(range.max, velocity[i]);
  }
  return range;
}

template <class T>
Medium<T>::Medium(const Subdomain& subdomain, const PropagatorOptions& options, double dt_,
                  const std::vector<float>& velocity)
    : layout(subdomain, options, sizeof(T)),
      stencil(make_stencil<T>(subdomain.global, options.space_order)),
      dt(dt_),
      top(options.top),
      travel(allocate_field<T>("bornflow::Medium::travel", layout.field_size, 2)) {
  const Grid& g = subdomain.global;
  const auto host = Kokkos::create_mirror_view(travel);
  for (int iz = 0; iz < layout.nz; ++iz)
    for (int iy = 0; iy < layout.ny; ++iy)
      for (int ix = 0; ix < layout.nx; ++ix) {
        const std::size_t z = std::clamp(layout.start_z + iz - layout.margin_z, 0, g.nz - 1);
        const std::size_t y = std::clamp(layout.start_y + iy - layout.margin_y, 0, g.ny - 1);
        const std::size_t x = std::clamp(layout.start_x + ix - layout.margin_x, 0, g.nx - 1);
        host(layout.offset(iz, iy, ix)) = static_cast<T>(dt * velocity[(z * g.ny + y) * g.nx + x] / km);
      }
  Kokkos::deep_copy(travel, host);
  // All axes add up to p = 1/2 at most, the critical damping; only layers of a few points come near it.
  const double bound = 0.5 / (g.ny > 1 ? 3 : 2) / (dt * *std::max_element(velocity.begin(), velocity.end()) / km);
  const bool is_damping = options.absorbing == Absorbing::damping;
  const auto damp = [&](const char* label, int n_global, int layer, int margin, double h, int start, int n) {
    std::vector<double> sigma(static_cast<std::size_t>(n_global) + 2 * layer, 0.0);
    if (is_damping) sigma = layer_damping(n_global + 2 * layer, layer, h);
    return scaled_damping<T>(label, sigma, start + layer - margin, n, bound);   // without a margin the axis begins behind the layer
  };
  damping_x = damp("bornflow::Medium::damping_x", g.nx, options.layer_width, layout.margin_x, g.dx, layout.start_x, layout.nx);
  damping_y = damp("bornflow::Medium::damping_y", g.ny, layout.margin_y, layout.margin_y, g.dy, layout.start_y, layout.ny);
  damping_z = damp("bornflow::Medium::damping_z", g.nz, options.layer_width, layout.margin_z, g.dz, layout.start_z, layout.nz);
  cpml_x = make_cpml_coefficients<T>(layout, g, Axis::x, options, dt, velocity);
  cpml_y = make_cpml_coefficients<T>(layout, g, Axis::y, options, dt, velocity);
  cpml_z = make_cpml_coefficients<T>(layout, g, Axis::z, options, dt, velocity);
  require_valid_density(g, options);
  if (options.density) density = std::make_shared<DensityOperator<T>>(subdomain, options, layout);
}

template struct Medium<float>;
template struct Medium<double>;

}  // namespace bornflow
