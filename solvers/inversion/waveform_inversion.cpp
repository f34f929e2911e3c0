#include "solvers/inversion/waveform_inversion.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"
#include "solvers/inversion/bounded_descent.hpp"
#include "solvers/inversion/gauss_newton.hpp"
#include "solvers/inversion/model_variables.hpp"

namespace bornflow {

namespace {

double slowness_of(double velocity) { return 1e6 / (velocity * velocity); }

/// The legs of one band.
class Band {
public:
  Band(const Communicator& comm, const InversionProblem& problem, const InversionOptions& options,
       const InversionHooks& hooks, InversionState& state)
      : problem_(problem),
        options_(options),
        hooks_(hooks),
        state_(state),
        corner_(options.corners[static_cast<std::size_t>(state.band)]),
        smoother_(problem.setup.subdomain.global, options.smoothing),
        misfit_(comm, setup(), problem.shots, problem.traces),
        scaling_(problem.start.size(), 1.0) {
    // From the start model, not from where a restart finds us: every leg of the band has the same variables.
    if (options.scaling == InversionScaling::illumination)
      scaling_ = illumination_scaling(misfit_.illumination(problem.start), problem.setup.mask);
    if (state.iteration > 0) uncounted_ = misfit_.total_ledger();
  }

  /// A leg that the hooks stop is lost, unless `keeps_steps`: then it ends with the steps that it made.
  DescentEnd leg(bool keeps_steps) {
    const SolveLedger before = state_.ledger;
    const int first = state_.iteration;
    const DescentEnd end = options_.method == InversionMethod::quasi_newton ? quasi_newton_leg(keeps_steps) : gauss_newton_leg();
    if (end == DescentEnd::stopped && state_.iteration == first) return end;
    state_.ledger = ledger();
    BORNFLOW_REQUIRE(state_.ledger.total() > before.total(), "a leg without a wave");
    uncounted_ = misfit_.total_ledger();
    if (end == DescentEnd::stopped) return end;
    // Only a leg without any step ends the band: after some, an empty memory may find a direction again.
    return state_.iteration == first ? DescentEnd::no_decrease : DescentEnd::all_iterations;
  }

private:
  WaveformSetup setup() const {
    WaveformSetup setup = problem_.setup;
    setup.acquisition.low_pass = corner_;
    return setup;
  }

  /// Of the state, and what this run has added to it.
  SolveLedger ledger() const {
    SolveLedger all = state_.ledger;
    all += misfit_.total_ledger();
    all -= uncounted_;
    return all;
  }

  void record(const DescentStep& step, const std::vector<double>& model) {
    InversionRecord record;
    record.iteration = state_.history.empty() ? 0 : state_.history.back().iteration + (step.iteration > 0 ? 1 : 0);
    record.band = state_.band;
    record.corner = corner_;
    record.misfit = step.value;
    const auto first = std::find_if(state_.history.begin(), state_.history.end(),
                                    [&](const InversionRecord& r) { return r.band == record.band; });
    const double initial = first == state_.history.end() ? step.value : first->misfit;
    record.relative_misfit = initial > 0 ? step.value / initial : 0;
    record.projected_gradient = step.projected_gradient;
    record.step = step.length;
    record.pde_solves = ledger().total();
    if (hooks_.on_iteration) hooks_.on_iteration(record, model);
    state_.history.push_back(record);
  }

  bool should_stop() const { return hooks_.should_stop && hooks_.should_stop(); }

  DescentEnd quasi_newton_leg(bool keeps_steps) {
    const ModelVariables variables(state_.model, problem_.setup.mask, smoother_, scaling_);
    const auto bounds = variables.bounds(slowness_of(options_.velocity_max), slowness_of(options_.velocity_min));
    const BoundedProblem bounded{[&](const std::vector<double>& y, std::vector<double>& gradient) {
                                   std::vector<double> g;
                                   const double value = misfit_.value_and_gradient(variables.model(y), g);
                                   gradient = variables.gradient(std::move(g));
                                   return value;
                                 },
                                 bounds.lower, bounds.upper};
    const int count = std::min(options_.restart_every, options_.iterations - state_.iteration);
    const bool is_first = state_.iteration == 0;
    int done = 0;
    const auto on_step = [&](const DescentStep& step) {
      if (step.iteration > 0 || is_first) record(step, variables.model(step.x));
      done = step.iteration;
      return done == count || !should_stop();   // the end of a leg is a better place to stop: nothing is lost there
    };
    std::vector<double> y(variables.size(), 0.0);
    const DescentEnd end = descend(bounded, count, y, on_step);
    if (end == DescentEnd::stopped && !keeps_steps) return end;
    state_.model = variables.model(y);
    state_.iteration += done;
    return end;
  }

  DescentEnd gauss_newton_leg() {
    const ModelVariables variables(state_.model, problem_.setup.mask, smoother_, scaling_);
    const GaussNewtonOptions inner{options_.inner_iterations, slowness_of(options_.velocity_max),
                                   slowness_of(options_.velocity_min)};
    std::vector<double> model = state_.model;
    DescentStep before;
    const DescentStep step = gauss_newton_step(misfit_, variables, inner, model, before);
    if (state_.iteration == 0) record(before, state_.model);
    if (step.length == 0) return DescentEnd::no_decrease;
    record(step, model);
    state_.model = std::move(model);
    state_.iteration += 1;
    return DescentEnd::all_iterations;
  }

  const InversionProblem& problem_;
  const InversionOptions& options_;
  const InversionHooks& hooks_;
  InversionState& state_;
  double corner_;
  SymmetricSmoother smoother_;
  WaveformMisfit<float> misfit_;
  std::vector<double> scaling_;
  SolveLedger uncounted_;   // of misfit_: in the ledger of the state already, or repeated by a restart
};

/// Whether it was saved, the same on every rank.
bool save(const InversionCheckpoint& checkpoint, const InversionHooks& hooks, const InversionState& state) {
  try {
    checkpoint.save(state);
    return true;
  } catch (const IoError& error) {
    // Hours of work should not end because the disk is full for a while; the older checkpoint is still there.
    if (hooks.on_warning)
      hooks.on_warning(std::string("no checkpoint was written, the inversion goes on: ") + error.what());
    return false;
  }
}

}  // namespace

InversionEnd invert_waveforms(const Communicator& comm, const InversionProblem& problem, const InversionOptions& options,
                              const InversionCheckpoint& checkpoint, const InversionHooks& hooks, InversionState& state) {
  const int n_bands = static_cast<int>(options.corners.size());
  const auto should_stop = [&] { return hooks.should_stop && hooks.should_stop(); };
  bool has_saved = false;   // in this run: without it, run after run could be stopped in the same leg for ever
  while (state.band < n_bands) {
    Band band(comm, problem, options, hooks, state);
    for (const int current = state.band; state.band == current;) {
      const int first = state.iteration;
      const DescentEnd end = band.leg(!has_saved);
      if (end == DescentEnd::stopped) {
        if (state.iteration == first) return InversionEnd::interrupted;
        if (save(checkpoint, hooks, state) && hooks.on_warning)
          hooks.on_warning("stopped before this run finished a leg: its " + std::to_string(state.iteration - first) +
                           " iterations were saved and end the leg, so that the result will not be to the bit that of a run "
                           "without a stop. A smaller restart_every avoids this.");
        return InversionEnd::interrupted;
      }
      if (end == DescentEnd::no_decrease || state.iteration >= options.iterations) {
        ++state.band;
        state.iteration = 0;
      }
      has_saved = save(checkpoint, hooks, state) || has_saved;
      if (state.band < n_bands && should_stop()) return InversionEnd::interrupted;
    }
  }
  return InversionEnd::complete;
}

double fixed_time_step(const Grid& grid, const PropagatorOptions& options, const Acquisition& acquisition,
                       double velocity_max) {
  return make_time_axis(grid, options, acquisition, velocity_max).dt;
}

}  // namespace bornflow
