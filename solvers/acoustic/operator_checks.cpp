#include "solvers/acoustic/operator_checks.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

enum Stream : std::uint32_t { domain_vector, range_vector, direction, data_direction };

constexpr double relative_size = 1e-3;   // of the largest step: max |dm| / m

template <class T>
std::vector<T> random_vector(std::size_t size, std::uint64_t seed, int shot, Stream stream) {
  RandomStream random(seed, Purpose::verification, static_cast<std::uint64_t>(shot), stream);
  std::vector<T> values(size);
  for (T& value : values) value = static_cast<T>(random.normal());
  return values;
}

template <class A, class B>
double dot(const std::vector<A>& a, const std::vector<B>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

template <class T>
double gap(const std::vector<T>& x, const std::vector<T>& ax, const std::vector<T>& y, const std::vector<T>& aty) {
  const double norm = std::sqrt(dot(ax, ax));
  if (!(norm > 0))
    throw NumericalError("The operator gives zero traces: the records end before the first wave reaches a receiver. "
                         "Longer records, or receivers nearer to the sources, can be verified.");
  return std::abs(dot(ax, y) - dot(x, aty)) / (norm * std::sqrt(dot(y, y)));
}

double slowness_squared(float velocity) {
  const double v = velocity / 1000.0;   // [km/s]
  return 1 / (v * v);
}

/// A sum of a dozen Gaussian bumps, relative to m, at most 1. Zero in the muted part, and on the rim of the grid: the
/// layer continues the velocity of the rim, and J keeps the layer.
std::vector<double> smooth_direction(const TaylorSetup& setup, std::uint64_t seed, int shot, Stream stream) {
  const Grid& g = setup.subdomain.global;
  RandomStream random(seed, Purpose::verification, static_cast<std::uint64_t>(shot), stream);
  std::vector<double> bumps(g.size(), 0.0);
  const double width = std::max(2.0, std::min({g.nx, g.is_2d() ? g.nx : g.ny, g.nz}) / 12.0);   // [points]
  for (int bump = 0; bump < 12; ++bump) {
    const double cx = random.uniform(0, g.nx - 1), cy = random.uniform(0, g.ny - 1), cz = random.uniform(0, g.nz - 1);
    const double height = random.normal();
    std::size_t i = 0;
    for (int iz = 0; iz < g.nz; ++iz)
      for (int iy = 0; iy < g.ny; ++iy)
        for (int ix = 0; ix < g.nx; ++ix, ++i) {
          const bool is_rim = ix == 0 || ix == g.nx - 1 || iz == 0 || iz == g.nz - 1 ||
                              (!g.is_2d() && (iy == 0 || iy == g.ny - 1));
          if (is_rim) continue;
          const double r2 = (ix - cx) * (ix - cx) + (iy - cy) * (iy - cy) + (iz - cz) * (iz - cz);
          bumps[i] += height * std::exp(-r2 / (2 * width * width));
        }
  }
  double most = 0;
  for (std::size_t i = 0; i < bumps.size(); ++i) {
    if (!setup.mute.empty() && setup.mute[i] == 0) bumps[i] = 0;
    most = std::max(most, std::abs(bumps[i]));
  }
  if (most > 0)
    for (double& value : bumps) value /= most;
  return bumps;
}

/// The velocity of m (1 + h bumps), in single precision as the propagator takes it.
std::vector<float> perturbed(const std::vector<float>& velocity, const std::vector<double>& bumps, double h) {
  std::vector<float> result(velocity.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<float>(velocity[i] / std::sqrt(1 + h * bumps[i]));
  return result;
}

std::vector<double> traces_of(const TaylorSetup& setup, const std::vector<float>& velocity, int shot) {
  Propagator<double> propagator(setup.subdomain, setup.options, setup.acquisition, velocity);
  std::vector<double> traces(propagator.traces_size());
  propagator.forward(shot, traces.data());
  return traces;
}

std::vector<double> difference(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

double norm(const std::vector<double>& a) { return std::sqrt(dot(a, a)); }

}  // namespace

template <class T>
double forward_transpose_gap(Propagator<T>& propagator, int shot, std::uint64_t seed) {
  const auto x = random_vector<T>(static_cast<std::size_t>(propagator.steps()), seed, shot, domain_vector);
  const auto y = random_vector<T>(propagator.traces_size(), seed, shot, range_vector);
  std::vector<T> ax(y.size()), aty(x.size());
  propagator.forward(shot, x.data(), ax.data());
  propagator.wavelet_adjoint(shot, y.data(), aty.data());
  return gap(x, ax, y, aty);
}

template <class T>
double born_transpose_gap(BornOperator<T>& born, int shot, int batch, std::uint64_t seed) {
  const auto x = random_vector<T>(static_cast<std::size_t>(batch) * born.image_size(), seed, shot, domain_vector);
  const auto y = random_vector<T>(static_cast<std::size_t>(batch) * born.traces_size(), seed, shot, range_vector);
  std::vector<T> ax(y.size()), aty(x.size());
  born.born(shot, batch, x.data(), ax.data());
  born.born_adjoint(shot, batch, y.data(), aty.data());
  return gap(x, ax, y, aty);
}

TaylorSlopes taylor_slopes(const TaylorSetup& setup, int shot, std::uint64_t seed) {
  BornOperator<double> born(setup.subdomain, setup.options, setup.acquisition, setup.velocity, setup.mute,
                            setup.memory_limit_bytes);
  std::vector<double> base(born.traces_size());
  born.forward(shot, base.data());
  const auto other = smooth_direction(setup, seed, shot, data_direction);
  const std::vector<double> data = traces_of(setup, perturbed(setup.velocity, other, 15 * relative_size), shot);
  const std::vector<double> residual = difference(base, data);
  std::vector<double> gradient(born.image_size());
  born.born_adjoint(shot, 1, residual.data(), gradient.data());

  const auto bumps = smooth_direction(setup, seed, shot, direction);
  std::vector<double> linear(base.size()), dm(bumps.size());
  TaylorSlopes last, slopes;
  constexpr int steps = 4;
  for (int k = 0; k < steps; ++k) {
    // h dm is taken from the rounded velocity, for that is the model that the propagator sees.
    const std::vector<float> velocity = perturbed(setup.velocity, bumps, relative_size * std::pow(0.5, k));
    for (std::size_t i = 0; i < dm.size(); ++i)
      dm[i] = slowness_squared(velocity[i]) - slowness_squared(setup.velocity[i]);
    const std::vector<double> moved = traces_of(setup, velocity, shot);
    const std::vector<double> change = difference(moved, base);
    born.born(shot, 1, dm.data(), linear.data());
    const double misfit_change = dot(change, residual) + 0.5 * dot(change, change);   // f(m + h dm) - f(m), uncancelled
    const TaylorSlopes now{norm(change), norm(difference(change, linear)), std::abs(misfit_change - dot(gradient, dm))};
    if (!(now.forward > 0))
      throw NumericalError("A change of the model leaves the traces as they are: no wave reaches a receiver before the "
                           "records end.");
    slopes = {std::log2(last.forward / now.forward), std::log2(last.forward_less_born / now.forward_less_born),
              std::log2(last.misfit_less_gradient / now.misfit_less_gradient)};
    last = now;
  }
  return slopes;
}

template double forward_transpose_gap(Propagator<float>&, int, std::uint64_t);
template double forward_transpose_gap(Propagator<double>&, int, std::uint64_t);
template double born_transpose_gap(BornOperator<float>&, int, int, std::uint64_t);
template double born_transpose_gap(BornOperator<double>&, int, int, std::uint64_t);

}  // namespace bornflow
