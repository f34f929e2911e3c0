#include "solvers/acoustic/benchmark/kernel_benchmark.hpp"

#include <algorithm>
#include <vector>

#include "solvers/acoustic/time_stepper.hpp"

namespace bornflow {

namespace {

constexpr int n_parts = 5;

/// Median seconds of one call of `step`, which is called `steps` times in all after a warm-up.
template <class Step>
double seconds_per_step(const Communicator& comm, int steps, const Step& step) {
  const int per_part = std::max(1, steps / n_parts);
  for (int i = 0; i < std::max(2, steps / 10); ++i) step();
  Kokkos::fence();
  std::vector<double> seconds;
  comm.barrier();
  for (int part = 0; part < n_parts; ++part) {
    const double start = MPI_Wtime();
    for (int i = 0; i < per_part; ++i) step();
    Kokkos::fence();
    seconds.push_back((MPI_Wtime() - start) / per_part);
  }
  comm.barrier();
  std::sort(seconds.begin(), seconds.end());
  return seconds[n_parts / 2];
}

constexpr double velocity = 2000;   // [m/s]

Medium<float> make_medium(const KernelCase& c) {
  const Grid& grid = c.subdomain.global;
  const double dt = 0.9 * stable_time_step(grid, c.options.space_order, velocity);
  return {c.subdomain, c.options, dt, std::vector<float>(grid.size(), static_cast<float>(velocity))};
}

/// A small smooth field: zeros would be fast, and tiny numbers slow (denormals).
void fill(const DeviceArray<float>& field) {
  Kokkos::parallel_for("bornflow::benchmark::fill", Kokkos::RangePolicy<ExecutionSpace>(0, field.extent(0)),
                       KOKKOS_LAMBDA(std::size_t i) { field(i) = 1e-3f * static_cast<float>(i % 64); });
}

/// In-place stream with the forward step's pattern: read two, read and write one.
double stream_bandwidth(const Communicator& comm, const Medium<float>& medium, const Wavefield<float>& u, int steps) {
  const std::int64_t stride = kernels_run_on_host ? medium.layout.row_stride : 1;   // rows, or points on a device
  const std::int64_t rows = medium.layout.field_size / stride;
  const float* const travel = medium.travel.data();
  const double seconds = seconds_per_step(comm, steps, [&] {
    float* const all_previous = u.previous.data();
    const float* const all_current = u.current.data();
    Kokkos::parallel_for(
        "bornflow::benchmark::stream", Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, rows),
        KOKKOS_LAMBDA(std::int64_t row) {
          float* __restrict__ const previous = all_previous + row * stride;
          const float* __restrict__ const current = all_current + row * stride;
          const float* __restrict__ const c = travel + row * stride;
#pragma omp simd
          for (std::int64_t i = 0; i < stride; ++i)
            previous[i] = 0.5f * current[i] - 0.25f * previous[i] + c[i] * current[i];
        });
  });
  return 16.0 * static_cast<double>(rows * stride) / seconds;
}

KernelRate rate(const Medium<float>& medium, double seconds, double bytes_per_point, double stream) {
  KernelRate result;
  result.seconds_per_step = seconds;
  result.points_per_second = static_cast<double>(medium.layout.n_points()) / seconds;
  result.effective_bandwidth = bytes_per_point * result.points_per_second;
  result.stream_bandwidth = stream;
  return result;
}

}  // namespace

KernelRate benchmark_forward(const Communicator& comm, const KernelCase& c) {
  const Medium<float> medium = make_medium(c);
  const TimeStepper<float> stepper(medium, c.subdomain, c.options.transport);
  Wavefield<float> u(medium.layout, 1, 0);
  fill(u.previous);
  fill(u.current);
  const double seconds = seconds_per_step(comm, c.steps, [&] {
    stepper.propagate(u);
    u.advance();
  });
  return rate(medium, seconds, 16, stream_bandwidth(comm, medium, u, c.steps));
}

KernelRate benchmark_born(const Communicator& comm, const KernelCase& c) {
  const Medium<float> medium = make_medium(c);
  const TimeStepper<float> stepper(medium, c.subdomain, c.options.transport);
  Wavefield<float> u(medium.layout, 1, 0), du(medium.layout, 1, 3);
  const auto perturbation = allocate_field<float>("bornflow::benchmark::perturbation", medium.layout.image_size, 5);
  fill(u.previous);
  fill(u.current);
  const double seconds = seconds_per_step(comm, c.steps, [&] {
    stepper.propagate_born(u, du, perturbation.data());
    u.advance();
    du.advance();
  });
  return rate(medium, seconds, 32, stream_bandwidth(comm, medium, u, c.steps));
}

HaloRate benchmark_halo(const Communicator& comm, const KernelCase& c) {
  if (c.subdomain.is_whole()) return {};
  const PaddedLayout layout(c.subdomain, c.options, sizeof(float));
  HaloExchange<float> halo(layout, c.subdomain, 1, c.options.transport);
  const Wavefield<float> u(layout, 1, 0);
  const double seconds = seconds_per_step(comm, c.steps, [&] {
    halo.start(u.current);
    halo.finish(u.current);
  });
  return {seconds, static_cast<double>(halo.bytes_sent())};
}

}  // namespace bornflow
