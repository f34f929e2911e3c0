#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/parallel/work.hpp"
#include "bornflow/report/json_writer.hpp"
#include "solvers/acoustic/operator_checks.hpp"
#include "src/app/parameters/wave_checks.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment_setup.hpp"

namespace bornflow {

namespace {

/// One line of the report: what was measured, at its worst over the shots, and the range it has to be in.
struct Check {
  std::string name;
  double low, high;
  double smallest = std::numeric_limits<double>::infinity(), largest = -smallest;   // over the shots; NaN stays
  void add(double value) {
    if (std::isnan(value) || value < smallest) smallest = value;
    if (std::isnan(value) || value > largest) largest = value;
  }
  bool passed() const { return smallest >= low && largest <= high; }
};

/// The last two are for storages that are not exact; the second sees the length too, which the cosine does not.
std::vector<Check> all_checks(Storage storage) {
  std::vector<Check> checks = {
      {"dot product, waves, double", 0, 1e-12},
      {"dot product, waves, single", 0, 1e-5},
      {"dot product, Born and migration, double", 0, 1e-12},
      {"dot product, Born and migration, single", 0, 1e-5},
      {"the same, batch of 2, single", 0, 1e-5},
      {"Taylor slope of the waves", 0.98, 1.02},
      {"Taylor slope of the waves less Born", 1.96, 2.04},
      {"Taylor slope of the misfit less gradient", 1.96, 2.04}};
  if (!is_exact(storage)) {
    checks.push_back({"1 - cosine of the image, " + storage_name(storage), 0, 1e-4});
    checks.push_back({"relative difference of the image, " + storage_name(storage), 0, 0.015});
  }
  return checks;
}

struct ImageGap {
  double cosine, difference;
};
/// 1 - cosine of the angle between the images a and b that the storage in use and `recompute` make of the background's own
/// traces, and |a - b| / |b|.
ImageGap image_gap(const TaylorSetup& setup, int shot) {
  std::vector<std::vector<float>> images;
  for (const Storage storage : {setup.options.storage, Storage::recompute}) {
    PropagatorOptions options = setup.options;
    options.storage = storage;
    BornOperator<float> born(setup.subdomain, options, setup.acquisition, setup.velocity, setup.mute, setup.memory_limit_bytes);
    std::vector<float> traces(born.traces_size());
    images.emplace_back(born.image_size());
    born.forward(shot, traces.data());
    born.born_adjoint(shot, 1, traces.data(), images.back().data());
  }
  double ab = 0, aa = 0, bb = 0, difference = 0;
  for (std::size_t i = 0; i < images[0].size(); ++i) {
    const double a = images[0][i], b = images[1][i];
    ab += a * b, aa += a * a, bb += b * b, difference += (a - b) * (a - b);
  }
  return {std::abs(1 - ab / std::sqrt(aa * bb)), std::sqrt(difference / bb)};
}

/// Measures all checks of one shot, in the order of all_checks.
std::vector<double> measure(const RunContext& run, const BackgroundModel& background, int shot) {
  const RunConfig& config = run.config;
  const Subdomain domain = make_domain(run, background.velocity.grid);
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  const double memory = config.wave.background_memory * 1e9;
  TaylorSetup setup{domain, make_propagator_options(run, background), make_acquisition(config), background.velocity.values,
                    make_water_mute(config), memory};
  // The largest stable step leaves no room for the faster models of the Taylor test.
  if (setup.options.dt == 0) {
    const float fastest = *std::max_element(setup.velocity.begin(), setup.velocity.end());
    setup.options.dt = make_time_axis(domain.global, setup.options, setup.acquisition, 1.01 * fastest).dt;
  }
  // Dot products and slopes are of exact operators; what an approximate storage makes of the image is measured by itself.
  const bool is_approximate = !is_exact(setup.options.storage);
  const ImageGap gap = is_approximate ? image_gap(setup, shot) : ImageGap{};
  if (is_approximate) setup.options.storage = Storage::recompute;
  std::vector<double> values;
  {
    BornOperator<double> born(domain, setup.options, setup.acquisition, setup.velocity, setup.mute, memory);
    Propagator<double> propagator(domain, setup.options, setup.acquisition, setup.velocity);
    BornOperator<float> born_single(domain, setup.options, setup.acquisition, setup.velocity, setup.mute, memory);
    Propagator<float> propagator_single(domain, setup.options, setup.acquisition, setup.velocity);
    values = {forward_transpose_gap(propagator, shot, seed), forward_transpose_gap(propagator_single, shot, seed),
              born_transpose_gap(born, shot, 1, seed), born_transpose_gap(born_single, shot, 1, seed),
              born_transpose_gap(born_single, shot, 2, seed)};
  }
  const TaylorSlopes slopes = taylor_slopes(setup, shot, seed);
  values.insert(values.end(), {slopes.forward, slopes.forward_less_born, slopes.misfit_less_gradient});
  if (is_approximate) values.insert(values.end(), {gap.cosine, gap.difference});
  return values;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value) < 0.01 ? "%.1e" : "%.4f", value);
  return text;
}

void report(const RunContext& run, const std::vector<Check>& checks, int n_shots) {
  run.log.line("adjoints and derivatives of this set-up, the worst of " + std::to_string(n_shots) +
               (n_shots == 1 ? " shot" : " shots"));
  JsonWriter json;
  json.begin_object().member("git", git_hash()).member("shots", n_shots).key("checks").begin_array();
  for (const Check& check : checks) {
    const bool is_slope = check.low > 0;
    const double worst = is_slope && check.low - check.smallest > check.largest - check.high ? check.smallest : check.largest;
    char line[160];
    std::snprintf(line, sizeof line, "  %-42s %10s   %-18s %s", check.name.c_str(), number(worst).c_str(),
                  is_slope ? (number(check.low) + " to " + number(check.high)).c_str() : ("<= " + number(check.high)).c_str(),
                  check.passed() ? "ok" : "FAILED");
    run.log.line(line);
    json.begin_object().member("name", check.name).member("worst", worst).member("low", check.low);
    json.member("high", check.high).member("passed", check.passed()).end_object();
  }
  json.end_array().end_object();
  if (run.world().is_root()) json.write_file(run.folder.path("verify.json"));
}

}  // namespace

TaskResult run_verify(const RunContext& run) {
  const BackgroundModel background = make_background(run.config);
  check_physics(run.config, background);
  const int available = n_shots(run.config);
  const int n_shots = std::min(run.config.verify.shots, available);
  const Communicator& groups = run.groups.across();
  std::vector<Check> checks = all_checks(storage_named(run.config.wave.storage));

  const WorkRange mine = contiguous_share(n_shots, groups.rank(), groups.size());
  std::vector<double> values;
  for (auto i = mine.begin; i < mine.end; ++i) {
    const int shot = static_cast<int>(n_shots == 1 ? available / 2 : i * (available - 1) / (n_shots - 1));
    const auto measured = measure(run, background, shot);
    values.insert(values.end(), measured.begin(), measured.end());
  }
  values = groups.concatenate(values);
  for (std::size_t i = 0; i < values.size(); ++i) checks[i % checks.size()].add(values[i]);
  report(run, checks, n_shots);
  int failed = 0;
  for (const Check& check : checks) failed += check.passed() ? 0 : 1;
  if (failed > 0)
    throw NumericalError(std::to_string(failed) + " of " + std::to_string(checks.size()) +
                         " checks of the wave operators failed; see verify.json. A slope that is only just outside "
                         "often means a time step at the limit of stability, or waves beyond the grid's resolution.");
  return TaskResult::complete;
}

}  // namespace bornflow
