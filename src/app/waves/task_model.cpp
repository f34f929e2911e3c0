#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/parallel/ordered_sum.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/number.hpp"
#include "solvers/survey/recorded_traces.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment.hpp"
#include "src/app/waves/experiment_setup.hpp"
#include "src/app/waves/field_records.hpp"
#include "src/app/waves/observed_data.hpp"

namespace bornflow {

namespace {

std::vector<float> true_image(const RunConfig& config, const Experiment& experiment) {
  std::vector<float> image = make_lens(config, experiment.background().velocity, make_water_mute(config));
  std::vector<float> rest(image.size(), 0.0f);
  if (config.observed.truth == "prior") {
    RunConfig observed = config;
    if (config.observed.mode != "same") observed.prior.mode = config.observed.mode;
    rest = experiment.draw_image(*make_prior(observed), config.observed.index);
  }
  if (config.observed.truth == "model") rest = experiment.background().reflectivity.values;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] += rest[i];
  return image;
}

// F(m0 + dm), less F(m0) unless the full data are asked for: what linearised data stand for.
std::vector<float> nonlinear_data(const RunContext& run, const Experiment& experiment, const std::vector<float>& image) {
  const std::vector<float>& background = experiment.background().velocity.values;
  std::vector<float> perturbed(background.size());
  double taken = 0;   // of the squared slowness, where most of it is
  for (std::size_t i = 0; i < perturbed.size(); ++i) {
    const double m = 1e6 / (double(background[i]) * background[i]);
    taken = std::max(taken, -image[i] / m);
    perturbed[i] = static_cast<float>(1e3 / std::sqrt(m + image[i]));
  }
  if (taken >= 1)
    throw UserError("[observed] physics = " + run.config.observed.physics + " needs a velocity everywhere, but the image takes " +
                    format_significant(100 * taken, 3) + " % of the squared slowness away at a point: choose a smaller [prior] amplitude "
                    "(of this image less than " + format_significant(run.config.prior.amplitude / taken, 2) +
                    "), a weaker [observed] lens_change, or physics = born.");
  // Both models take the time step that is stable in the faster one.
  PropagatorOptions options = make_propagator_options(run, experiment.background());
  const Subdomain domain = make_domain(run, experiment.grid());
  const Propagator<float> probe(domain, options, experiment.acquisition(), perturbed);
  const Propagator<float> probe_background(domain, options, experiment.acquisition(), background);
  options.dt = std::min(probe.dt(), probe_background.dt());
  Propagator<float> with(domain, options, experiment.acquisition(), perturbed);
  Propagator<float> without(domain, options, experiment.acquisition(), background);

  const WorkRange shots = experiment.teams().shots();
  const std::size_t size = with.traces_size();
  std::vector<float> traces(static_cast<std::size_t>(shots.size()) * size), direct(size);
  for (auto shot = shots.begin; shot < shots.end; ++shot) {
    float* record = traces.data() + static_cast<std::size_t>(shot - shots.begin) * size;
    with.forward(static_cast<int>(shot), record);
    if (run.config.observed.physics == "full") continue;
    without.forward(static_cast<int>(shot), direct.data());
    for (std::size_t i = 0; i < size; ++i) record[i] -= direct[i];
  }
  return traces;
}

// Records in another unit than the simulated data would give an image of noise, or none; dead traces an image of their silence.
void tell_strength(const RunContext& run, const Experiment& experiment, const std::vector<float>& traces) {
  const ShotTeams& teams = experiment.teams();
  const Acquisition& acquisition = experiment.acquisition();
  OrderedSum of_shots(acquisition.n_shots(), 2);
  const float* record = traces.data();
  for (auto shot = teams.shots().begin; shot < teams.shots().end; ++shot, record += experiment.traces_size()) {
    const double values[2] = {strength(acquisition, static_cast<int>(shot), record),
                              double(count_zero_traces(acquisition, static_cast<int>(shot), record))};
    of_shots.add(shot, values);
  }
  const std::vector<double> total = of_shots.total(teams.team());
  if (total[1] > 0)
    run.log.warn(std::to_string(std::llround(total[1])) + " traces are zero throughout and count as data: mark those that were not "
                 "recorded by NaN in /receivers (shots, receivers, 3) of [acquisition] file, before the pairs are made");
  const double observed = total[0] / acquisition.n_shots(), level = run.config.noise.level;
  run.log.line("read " + std::to_string(acquisition.n_shots()) + " shots of " + run.config.observed.file +
               ": 98 % of |traces| below " + format_significant(observed) + " on average, noise sigma " +
               format_significant(experiment.noise().sigma));
  if (level == 0 || run.config.observed.physics == "full") return;   // which holds the direct wave
  const double ratio = observed * level / experiment.noise().sigma;
  if (!(ratio > 0.1 && ratio < 10))
    run.log.warn("the records are " + format_significant(ratio) + " times as strong as Born data of the prior: scale them to a "
                 "source of unit amplitude, or choose another [prior] amplitude");
}

}  // namespace

TaskResult run_model(const RunContext& run) {
  if (already_complete(Product::observed, run)) return TaskResult::complete;
  const bool is_field = run.config.observed.truth == "unknown";
  if (is_field) run_on_root(run.world(), [&] { require_field_records(run.config, make_acquisition(run.config)); });   // before backgrounds
  const ShotTeams teams = ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  ObservedData data;
  if (is_field) {
    data.traces = read_field_records(run.config, experiment.acquisition(), teams.shots());
    write_observed(run, experiment, data);
    tell_strength(run, experiment, data.traces);
    return TaskResult::complete;
  }
  data.truth = true_image(run.config, experiment);
  ScopedTimer timer(run.timers, "simulate");
  if (run.config.observed.physics != "born") {
    data.traces = nonlinear_data(run, experiment, data.truth);
    experiment.add_noise(run.config.observed.index, data.traces, run.config.observed.noise_factor);
  } else {
    data.traces = experiment.simulate_born_data(run.config.observed.index, data.truth, run.config.observed.noise_factor);
  }
  write_observed(run, experiment, data);
  run.log.line("simulated " + std::to_string(experiment.born().n_shots()) + " shots (" + run.config.observed.physics +
               "), noise sigma " + format_significant(run.config.observed.noise_factor * experiment.noise().sigma));
  return TaskResult::complete;
}

}  // namespace bornflow
