#include "src/app/benchmark_training.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "bornflow/base/random.hpp"
#include "src/app/flow_options.hpp"
#include "src/app/machine_speed.hpp"
#include "src/app/sum_over_ranks.hpp"

namespace bornflow {

namespace {

Tensor<float> random_images(int n, const FlowArchitecture& architecture, int channels, std::uint64_t item) {
  Tensor<float> images(n, architecture.nz, architecture.nx, channels);
  const auto host = Kokkos::create_mirror_view(images.data);
  RandomStream stream(1, Purpose::test, item);
  for (std::size_t i = 0; i < images.size(); ++i) host(i) = static_cast<float>(stream.normal());
  Kokkos::deep_copy(images.data, host);
  return images;
}

}  // namespace

void benchmark_training(const RunContext& run, JsonWriter& json) {
  const FlowArchitecture architecture = make_architecture(run.config);
  const auto flow = make_flow<float>(architecture, 1);
  const int batch = std::max(1, run.config.train.batch / run.world().size());
  const Tensor<float> x = random_images(batch, architecture, 1, 0);
  const Tensor<float> y = random_images(batch, architecture, architecture.condition_channels, 1);
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

}  // namespace bornflow
