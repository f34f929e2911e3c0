#include "solvers/acoustic/benchmark/gradient_benchmark.hpp"

#include <algorithm>
#include <vector>

#include "solvers/acoustic/propagator.hpp"

namespace bornflow {

namespace {

constexpr double velocity = 2000;             // [m/s]
constexpr double points_per_wavelength = 5;   // at 2.5 times the peak frequency: what order 8 is used with
constexpr int n_receivers = 64;
constexpr int steps_per_sample = 4;

Acquisition make_acquisition(const GradientCase& c, double dt) {
  const Grid& g = c.subdomain.global;
  const double width = (g.nx - 1) * g.dx, middle = (g.ny - 1) * g.dy / 2;
  Acquisition acquisition;
  acquisition.sources = {{width / 2 + 0.3 * g.dx, middle, 2.4 * g.dz}};
  acquisition.receivers = equispaced_line(n_receivers, 0.0, width, 2 * g.dz, middle);
  acquisition.sample_interval = steps_per_sample * dt;
  acquisition.n_samples = std::max(2, c.steps / steps_per_sample + 1);
  acquisition.peak_frequency = velocity / (points_per_wavelength * 2.5 * std::max({g.dx, g.dy, g.dz}));
  return acquisition;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

GradientRate benchmark_gradient(const Communicator& comm, const GradientCase& c) {
  PropagatorOptions options = c.options;
  options.dt = 0.9 * stable_time_step(c.subdomain.global, options.space_order, velocity);
  Propagator<float> propagator(c.subdomain, options, make_acquisition(c, options.dt),
                               std::vector<float>(c.subdomain.global.size(), static_cast<float>(velocity)));
  const auto store = propagator.make_background();
  std::vector<float> traces(propagator.traces_size()), residual(traces.size()), image(propagator.image_size(), 1e-4f);
  const auto seconds_of = [&](const auto& work) {
    comm.barrier();
    const double start = MPI_Wtime();
    work();
    Kokkos::fence();
    return MPI_Wtime() - start;
  };
  std::vector<double> forward, born, gradient;
  for (int i = 0; i <= c.repetitions; ++i) {
    const double f = seconds_of([&] { propagator.forward(0, traces.data()); });
    const double b = seconds_of([&] { propagator.born(0, 1, image.data(), residual.data()); });
    std::vector<float> migrated(image.size());
    const double g = seconds_of([&] {
      propagator.forward_storing(0, traces.data(), *store);
      propagator.born_adjoint(0, 1, *store, traces.data(), migrated.data());
    });
    if (i == 0) continue;   // the first touch of memory
    forward.push_back(f), born.push_back(b), gradient.push_back(g);
  }
  return {median(forward), median(born), median(gradient),
          estimate_storage(options.storage, propagator.storage_problem()).bytes};
}

}  // namespace bornflow
