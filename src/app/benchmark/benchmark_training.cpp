#include "src/app/benchmark/benchmark_training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <tuple>
#include <vector>

#include "bornflow/base/random.hpp"
#include "bornflow/io/output_file.hpp"
#include "flows/training/adam.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/gradient_reduction.hpp"
#include "flows/training/stored_array.hpp"
#include "src/app/benchmark/machine_speed.hpp"
#include "src/app/benchmark/sum_over_ranks.hpp"
#include "src/app/posterior/flow_options.hpp"

namespace bornflow {

namespace {

using Flow = ConditionalFlow<float>;

Tensor<float> random_tensor(int n, int h, int w, int c, std::uint64_t item) {
  Tensor<float> tensor(n, h, w, c);
  const auto host = Kokkos::create_mirror_view(tensor.data);
  RandomStream stream(1, Purpose::test, item);
  for (std::size_t i = 0; i < tensor.size(); ++i) host(i) = static_cast<float>(stream.normal());
  Kokkos::deep_copy(tensor.data, host);
  return tensor;
}

/// Seconds of each call of work(), on all ranks at once; one call that is not timed goes first (work space, kernels of the
/// vendor's library).
template <class Work>
std::vector<double> time_calls(const RunContext& run, const Work& work) {
  std::vector<double> seconds;
  for (int i = -1; i < run.config.benchmark.repetitions; ++i) {
    run.world().barrier();
    const auto start = std::chrono::steady_clock::now();
    work();
    if (i >= 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return seconds;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void write_seconds(JsonWriter& json, const std::vector<double>& seconds) {
  json.key("seconds").begin_array();
  for (double s : seconds) json.value(s);
  json.end_array();
}

/// The network, a batch and its losses, for whoever wants to compute the same.
void write_network(const RunContext& run, const FlowArchitecture& architecture, Flow& flow, const Tensor<float>& x,
                   const Tensor<float>& y) {
  const std::vector<double> loss = flow.loss(x, y);
  FlowHeader header;
  header.architecture = architecture;
  OutputFile output(run.folder.path("network.h5"));
  write_flow(output.file(), "flow", header, flow);
  output.file().write("x", {x.n, x.h, x.w}, to_host(x.data).data());
  output.file().write("condition", {y.n, y.h, y.w, y.c}, to_host(y.data).data());
  output.file().write("loss", {x.n}, loss.data());
  output.commit();
}

/// One step as training does it: gradient, its sum over the ranks, Adam.
void benchmark_steps(const RunContext& run, JsonWriter& json, Flow& flow, const Tensor<float>& x, const Tensor<float>& y) {
  GradientReduction reduction(run.world(), flow.parameters().size());
  Adam adam(flow.parameters(), {});
  const std::vector<double> seconds = time_calls(run, [&] {
    flow.parameters().zero_gradients();
    flow.loss_and_gradient(x, y, 1.0 / (x.n * run.world().size()));
    reduction.sum(flow.parameters().gradients());
    adam.step(flow.parameters(), run.config.train.learning_rate, 1);
  });
  const double step = median(seconds);
  // Forward, gradient of the data, gradient of the weights; the recomputation in between is not counted as useful.
  const double gflops = sum_over_ranks(run.world(), 3.0 * flow.forward_flops() * x.n / step / 1e9);
  run.world().barrier();
  const double peak = sum_over_ranks(run.world(), fma_peak_gflops());
  const double rate = sum_over_ranks(run.world(), x.n / step);
  char text[160];
  std::snprintf(text, sizeof text, "  %.1f pairs/s, %.1f GFLOP/s useful of %.1f GFLOP/s FMA peak: %.0f %%", rate, gflops, peak,
                100 * gflops / peak);
  run.log.line("training, " + flow.description() + ", batch " + std::to_string(x.n) + " on each rank");
  run.log.line(text);
  json.key("training").begin_object();
  json.member("network", flow.description()).member("batch", x.n).member("pairs_per_second", rate);
  write_seconds(json, seconds);
  json.member("useful_gflops", gflops).member("peak_gflops", peak).end_object();
}

/// How well the inverse finds the batch again, on which the backward pass stands. Before any step: those that are timed
/// fit noise without a warm-up, which nobody would invert.
void check_reconstruction(const RunContext& run, JsonWriter& json, Flow& flow, const Tensor<float>& x, const Tensor<float>& y) {
  std::vector<double> log_det;
  const auto found = to_host(flow.inverse(flow.forward(x, y, log_det), y).data), exact = to_host(x.data);
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference += std::pow(static_cast<double>(found[i]) - exact[i], 2);
    norm += std::pow(static_cast<double>(exact[i]), 2);
  }
  const double error = std::sqrt(sum_over_ranks(run.world(), difference) / sum_over_ranks(run.world(), norm));
  char text[80];
  std::snprintf(text, sizeof text, "  inverse of forward: relative error %.1e", error);
  run.log.line(text);
  json.member("reconstruction_error", error).member("parameters", static_cast<std::int64_t>(flow.parameters().size()));
}

/// A batch of samples of one posterior, that is for one condition, and of one for each sample.
void benchmark_sampling(const RunContext& run, JsonWriter& json, Flow& flow, const Tensor<float>& y) {
  constexpr int samples_of_one = 16;  // of a posterior, on each rank; its condition is convolved once
  const Tensor<float> one = random_tensor(1, y.h, y.w, y.c, 3);
  json.key("sampling").begin_object();
  for (const auto& [name, condition, n] : {std::tuple{"one_condition", one, samples_of_one}, {"own_conditions", y, y.n}}) {
    const Tensor<float> z = random_tensor(n, 1, 1, flow.latent_size(), 2);
    // As C++17 wants it: a lambda does not capture a structured binding.
    const std::vector<double> seconds = time_calls(run, [&, &condition = condition] { flow.inverse(z, condition); });
    const double rate = sum_over_ranks(run.world(), n / median(seconds));
    char text[120];
    std::snprintf(text, sizeof text, "  %.1f samples/s, %d on each rank with %s", rate, n,
                  condition.n == 1 ? "one condition for all" : "a condition for each");
    run.log.line(text);
    json.key(name).begin_object().member("samples_per_second", rate).member("batch", n);
    write_seconds(json, seconds);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

void benchmark_training(const RunContext& run, JsonWriter& json) {
  const FlowArchitecture architecture = make_architecture(run.config);
  const auto flow = make_flow<float>(architecture, run.seed());
  const int batch = std::max(1, run.config.train.batch / run.world().size());
  const Tensor<float> x = random_tensor(batch, architecture.nz, architecture.nx, 1, 0);
  const Tensor<float> y = random_tensor(batch, architecture.nz, architecture.nx, architecture.condition_channels, 1);
  flow->initialise(x, y);
  flow->keep_activations(static_cast<std::size_t>(1e6 * run.config.train.kept_megabytes));
  check_reconstruction(run, json, *flow, x, y);
  benchmark_steps(run, json, *flow, x, y);
  benchmark_sampling(run, json, *flow, y);
  if (run.config.benchmark.keep_network && run.world().is_root()) write_network(run, architecture, *flow, x, y);
}

}  // namespace bornflow
