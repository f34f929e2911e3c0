#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/report/json_writer.hpp"
#include "solvers/acoustic/kernel_benchmark.hpp"
#include "src/app/flow_options.hpp"
#include "src/app/machine_speed.hpp"
#include "src/app/tasks.hpp"

/// Times the wave kernel and the training without output. All ranks work at once; figures are sums over the ranks, and
/// fractions are of what the same ranks reach in the same run with a plain stream and with plain multiply-adds.
namespace bornflow {

namespace {

double sum_over_ranks(const Communicator& comm, double value) {
  double sum = 0;
  for (const double part : comm.gather(value)) sum += part;
  return sum;
}

void benchmark_waves(const RunContext& run, JsonWriter& json) {
  run.log.line("2-D kernel, order " + std::to_string(run.config.wave.space_order) + ", layer " +
               std::to_string(run.config.wave.layer_width) + ", single precision, one grid on each rank");
  run.log.line("  grid       step          GPts/s    GB/s   stream   of stream");
  json.key("waves").begin_array();
  for (const double size : run.config.benchmark.sizes) {
    KernelCase kernel;
    kernel.nx = kernel.nz = static_cast<int>(size);
    kernel.space_order = run.config.wave.space_order;
    kernel.layer_width = run.config.wave.layer_width;
    kernel.steps = static_cast<int>(std::clamp(4e8 / (size * size), 40.0, 2000.0));
    for (const auto& [name, time_kernel] : {std::pair{"forward", &benchmark_forward}, {"fused Born", &benchmark_born}}) {
      const KernelRate rate = time_kernel(run.world(), kernel);
      const double points = sum_over_ranks(run.world(), rate.points_per_second);
      const double bandwidth = sum_over_ranks(run.world(), rate.effective_bandwidth);
      const double stream = sum_over_ranks(run.world(), rate.stream_bandwidth);
      char text[128];
      std::snprintf(text, sizeof text, "  %4.0f x %-4.0f %-12s %7.2f %7.1f %8.1f   %6.0f %%", size, size, name, points / 1e9,
                    bandwidth / 1e9, stream / 1e9, 100 * bandwidth / stream);
      run.log.line(text);
      json.begin_object();
      json.member("nx", static_cast<int>(size)).member("nz", static_cast<int>(size)).member("step", name);
      json.member("points_per_second", points).member("effective_bytes_per_second", bandwidth);
      json.member("stream_bytes_per_second", stream).end_object();
    }
  }
  json.end_array();
}

Tensor<float> random_images(int n, const FlowArchitecture& architecture, std::uint64_t item) {
  Tensor<float> images(n, architecture.nz, architecture.nx, 1);
  const auto host = Kokkos::create_mirror_view(images.data);
  RandomStream stream(1, Purpose::test, item);
  for (std::size_t i = 0; i < images.size(); ++i) host(i) = static_cast<float>(stream.normal());
  Kokkos::deep_copy(images.data, host);
  return images;
}

void benchmark_training(const RunContext& run, JsonWriter& json) {
  const FlowArchitecture architecture = make_architecture(run.config);
  const auto flow = make_flow<float>(architecture, 1);
  const int batch = std::max(1, run.config.train.batch / run.world().size());
  const Tensor<float> x = random_images(batch, architecture, 0), y = random_images(batch, architecture, 1);
  flow->initialise(x, y);
  std::vector<double> seconds;
  flow->loss_and_gradient(x, y, 1.0 / batch);  // warm-up: work space, kernels of the vendor's library
  for (int i = 0; i < run.config.benchmark.repetitions; ++i) {
    run.world().barrier();
    const auto start = std::chrono::steady_clock::now();
    flow->loss_and_gradient(x, y, 1.0 / batch);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
  const double median = seconds[seconds.size() / 2];
  // Forward, gradient of the data, gradient of the weights; the recomputation in between is not counted as useful.
  const double useful = 3.0 * flow->forward_flops() * batch / median / 1e9;
  const double gflops = sum_over_ranks(run.world(), useful);
  run.world().barrier();
  const double peak = sum_over_ranks(run.world(), fma_peak_gflops());
  const double rate = sum_over_ranks(run.world(), batch / median);
  char text[160];
  std::snprintf(text, sizeof text, "  %.1f pairs/s, %.1f GFLOP/s useful of %.1f GFLOP/s FMA peak: %.0f %%", rate, gflops, peak,
                100 * gflops / peak);
  run.log.line("training, " + flow->description() + ", batch " + std::to_string(batch) + " on each rank");
  run.log.line(text);
  json.key("training").begin_object();
  json.member("network", flow->description()).member("pairs_per_second", rate);
  json.member("useful_gflops", gflops).member("peak_gflops", peak).end_object();
}

}  // namespace

TaskResult run_benchmark(const RunContext& run) {
  JsonWriter json;
  json.begin_object();
  json.member("git", git_hash()).member("ranks", run.world().size());
  benchmark_waves(run, json);
  if (kernels_run_on_host)
    benchmark_training(run, json);
  else
    run.log.line("training is not timed: flows are computed on the host");
  json.end_object();
  if (run.world().is_root()) json.write_file(run.folder.path("benchmark.json"));
  return TaskResult::complete;
}

}  // namespace bornflow
