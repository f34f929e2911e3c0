#include "src/app/benchmark/benchmark_waves.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "solvers/acoustic/benchmark/gradient_benchmark.hpp"
#include "solvers/acoustic/benchmark/kernel_benchmark.hpp"
#include "src/app/benchmark/sum_over_ranks.hpp"
#include "src/app/waves/experiment_setup.hpp"

namespace bornflow {

namespace {

constexpr double spacing = 10;   // [m]

/// The grids of [benchmark]: squares, then cubes.
std::vector<Grid> benchmark_grids(const RunConfig& config) {
  std::vector<Grid> grids;
  const auto add = [&](double size, bool is_cube) {
    Grid grid;
    grid.nx = grid.nz = static_cast<int>(size);
    if (is_cube) grid.ny = grid.nx;
    grid.dx = grid.dy = grid.dz = spacing;
    grids.push_back(grid);
  };
  for (const double size : config.benchmark.sizes) add(size, false);
  for (const double size : config.benchmark.cubes) add(size, true);
  return grids;
}

std::string name_of(const Grid& grid) {
  const std::string n = std::to_string(grid.nx);
  return grid.is_2d() ? n + " x " + n : n + " x " + n + " x " + n;
}

/// So many steps that their `points` updates take some seconds on a core, or a tenth of one on a device, within limits.
int steps_for(const Grid& grid, double points, int fewest, int most) {
  const double speed = kernels_run_on_host ? 1 : 20;
  return std::clamp(static_cast<int>(speed * points / static_cast<double>(grid.size())), fewest, most);
}

JsonWriter& begin_case(JsonWriter& json, const Grid& grid) {
  return json.begin_object().member("nx", grid.nx).member("ny", grid.ny).member("nz", grid.nz);
}

double slowest(const Communicator& comm, double seconds) { return comm.max(seconds); }

template <class... Values>
void log_line(const RunContext& run, const char* format, Values... values) {
  char text[200];
  std::snprintf(text, sizeof text, format, values...);
  run.log.line(text);
}

}  // namespace

void benchmark_waves(const RunContext& run, JsonWriter& json) {
  const Communicator& world = run.world();
  const int ranks_per_group = run.groups.domain().size();
  run.log.line("wave kernels, order " + std::to_string(run.config.wave.space_order) + ", layer " +
               std::to_string(run.config.wave.layer_width) + " (" + run.config.wave.absorbing + "), single precision, " +
               (ranks_per_group == 1 ? "a grid on each rank"
                                     : "a grid for " + std::to_string(ranks_per_group) + " ranks"));
  run.log.line("  grid             step          GPts/s    GB/s   stream   of stream");
  struct Halo {
    Grid grid;
    double seconds, bytes;
  };
  std::vector<Halo> halos;
  json.key("waves").begin_array();
  for (const Grid& grid : benchmark_grids(run.config)) {
    const KernelCase kernel{make_domain(run, grid), make_propagator_options(run), steps_for(grid, 4e8, 20, 2000)};
    for (const auto& [name, time_kernel] : {std::pair{"forward", &benchmark_forward}, {"fused Born", &benchmark_born}}) {
      const KernelRate rate = time_kernel(world, kernel);
      const double points = sum_over_ranks(world, rate.points_per_second);
      const double bandwidth = sum_over_ranks(world, rate.effective_bandwidth);
      const double stream = sum_over_ranks(world, rate.stream_bandwidth);
      log_line(run, "  %-16s %-12s %7.2f %7.1f %8.1f   %6.0f %%", name_of(grid).c_str(), name, points / 1e9, bandwidth / 1e9,
               stream / 1e9, 100 * bandwidth / stream);
      begin_case(json, grid).member("step", name).member("steps", kernel.steps);
      json.member("seconds", kernel.steps * slowest(world, rate.seconds_per_step)).member("points_per_second", points);
      json.member("effective_bytes_per_second", bandwidth).member("stream_bytes_per_second", stream).end_object();
    }
    if (ranks_per_group == 1) continue;
    const HaloRate halo = benchmark_halo(world, kernel);
    const double seconds = slowest(world, halo.seconds), bytes = sum_over_ranks(world, halo.bytes_sent);
    log_line(run, "  %-16s %-12s %7.1f us a step, %.1f GB/s of faces", name_of(grid).c_str(), "halo alone", 1e6 * seconds,
             bytes / seconds / 1e9);
    halos.push_back({grid, seconds, bytes});
  }
  json.end_array();
  json.key("halos").begin_array();
  for (const Halo& halo : halos)
    begin_case(json, halo.grid).member("seconds", halo.seconds).member("bytes", halo.bytes).end_object();
  json.end_array();
}

void benchmark_gradients(const RunContext& run, JsonWriter& json) {
  if (run.config.benchmark.storages.empty()) return;
  const Communicator& world = run.world();
  run.log.line("one shot, seconds; in forward solves");
  run.log.line("  grid             storage      forward    Born           gradient       store");
  json.key("gradients").begin_array();
  for (const Grid& grid : benchmark_grids(run.config)) {
    if (grid.size() > run.config.benchmark.largest_gradient * 1e6) continue;
    for (const std::string& storage : run.config.benchmark.storages) {
      GradientCase c{make_domain(run, grid), make_propagator_options(run), steps_for(grid, 2.6e8, 24, 1000),
                     run.config.benchmark.repetitions};
      c.options.storage = storage_named(storage);
      const GradientRate rate = benchmark_gradient(world, c);
      const double forward = slowest(world, rate.forward_seconds), born = slowest(world, rate.born_seconds);
      const double gradient = slowest(world, rate.gradient_seconds), bytes = sum_over_ranks(world, rate.store_bytes);
      log_line(run, "  %-16s %-10s %9.3f %7.3f %5.2f x %8.3f %5.2f x %9.1f MB", name_of(grid).c_str(), storage.c_str(), forward,
               born, born / forward, gradient, gradient / forward, bytes / 1e6);
      begin_case(json, grid).member("storage", storage).member("steps", c.steps).member("forward_seconds", forward);
      json.member("born_seconds", born).member("gradient_seconds", gradient).member("store_bytes", bytes).end_object();
    }
  }
  json.end_array();
}

void benchmark_files(const RunContext& run, JsonWriter& json) {
  const double megabytes = run.config.benchmark.file_megabytes;
  if (megabytes == 0) return;
  const Communicator& world = run.world();
  const std::int64_t row = 1 << 18;   // 1 MiB of floats
  const auto rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(megabytes));
  const std::string path = run.folder.path("benchmark.h5");
  const std::vector<float> values(static_cast<std::size_t>(rows * row), 0.5f);
  world.barrier();
  const double start = MPI_Wtime();
  {
    OutputFile output(path, world);
    output.file().create_dataset<float>("/values", {rows * world.size(), row});
    output.file().write_rows("/values", rows * world.rank(), rows, values.data());
    output.commit();
  }
  const double written = MPI_Wtime() - start;
  world.barrier();
  std::vector<float> read(values.size());
  Hdf5File::open(path).read_rows("/values", rows * world.rank(), rows, read.data());
  const double seconds = MPI_Wtime() - start - written;
  const double bytes = sum_over_ranks(world, static_cast<double>(4 * rows * row));
  const double write_rate = bytes / slowest(world, written), read_rate = bytes / slowest(world, seconds);
  log_line(run, "files: %.0f MB written, synced and checked at %.2f GB/s, read at %.2f GB/s", bytes / 1e6, write_rate / 1e9,
           read_rate / 1e9);
  json.key("files").begin_object().member("bytes", bytes).member("write_bytes_per_second", write_rate);
  json.member("read_bytes_per_second", read_rate).end_object();
  world.barrier();
  run_on_root(world, [&] { remove_file(path); });
}

}  // namespace bornflow
