#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/methods/langevin.hpp"
#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/inference/numerics/quadrature.hpp"
#include "src/app/products.hpp"
#include "src/app/refine/known_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"
#include "src/app/refine/rosenbrock_race.hpp"

namespace bornflow {

namespace {

// Latents by which a flow is compared with the posterior after each update.
constexpr int monitor_latents = 1000;
// A flow has converged when its bound is this near to -log p(y) [nats].
constexpr double converged = 0.1;
constexpr int lattice_points = 240;

/// Bounds of -log p(y) after each update.
struct Trace {
  std::vector<double> update, bound;
};

/// One way to the posterior, and what is told of it.
struct Method {
  std::string name;        ///< group in refined.h5
  Batch samples;
  OperatorLedger ledger;
  VariationalBound bound;  ///< of a flow, by all its samples
  double kl = 0;           ///< of a flow from the posterior [nats]
  bool is_flow = true;
  Trace trace;
  std::vector<double> objective;
};

class Comparison {
public:
  explicit Comparison(const RunContext& run)
      : run_(run), problem_(make_rosenbrock(run.config)), checking_(problem_.likelihood()),
        exact_density_(checking_, problem_.prior, problem_.observed), exact_(integrate_plane(exact_density_, rosenbrock_plane)),
        monitor_(normal_batch(monitor_latents, 2, run.seed(), Purpose::validation)) {}

  // Every rank trains the low-fidelity flow, in seconds and to the same bits, for its part of the race.
  void work() {
    const RefineSection& refine = run_.config.refine;
    const auto flow = make_adapter(run_.config, 2, 2, 0);
    methods_.push_back(train_low_fidelity(*flow));
    if (refine.operators > 1) run_.log.line("race: " + std::to_string(refine.operators) + " operators, over the ranks");
    if (refine.operators > 1) race_ = race_on_operators(run_, *flow, converged, monitor_);
    if (!run_.world().is_root()) return;
    methods_.push_back(fit("preconditioned", *flow, refine.preconditioned_epochs));

    const auto fresh = make_fresh_adapter(run_.config);
    methods_.push_back(fit("scratch", *fresh, refine.scratch_epochs));
    methods_.push_back(langevin());
    report();
    write();
  }

private:
  Method train_low_fidelity(TrainableFlow& flow) {
    run_.log.line("low_fidelity: trains on " + std::to_string(run_.config.refine.pairs) + " pairs");
    LinearLikelihood likelihood = problem_.low_fidelity();
    const Batch x = problem_.prior.sample(run_.config.refine.pairs, run_.seed(), 0);
    const Batch y = likelihood.simulate(x, run_.seed(), 0);
    flow.initialise(x, y);
    Method method = named("low_fidelity");
    method.objective = train_on_pairs(flow, x, y, make_schedule(run_.config, run_.config.train.epochs));
    measure(method, flow);
    return method;
  }

  Method fit(const std::string& name, TrainableFlow& flow, int epochs) {
    run_.log.line(name + ": " + std::to_string(epochs) + " epochs of variational inference");
    LinearLikelihood likelihood = problem_.likelihood();
    const PosteriorDensity target(likelihood, problem_.prior, problem_.observed);
    VariationalOptions options;
    options.schedule = make_whole_inference_schedule(run_.config, epochs);
    options.gradient = gradient_of(run_.config.refine);
    options.latents = run_.config.refine.latents;
    options.fresh_latents = run_.config.refine.fresh_latents;
    Method method = named(name);
    method.objective = fit_posterior(flow, target, problem_.observed, options, [&](int update) {
      method.trace.update.push_back(update);
      const double evidence = exact_.log_normaliser;
      method.trace.bound.push_back(divergence(flow, exact_density_, problem_.observed, monitor_, evidence) - evidence);
    });
    method.ledger = likelihood.ledger();
    measure(method, flow);
    return method;
  }

  Method langevin() {
    run_.log.line("langevin: " + std::to_string(run_.config.refine.langevin_iterations) + " iterations");
    LinearLikelihood likelihood = problem_.likelihood();
    LangevinOptions options;
    options.iterations = run_.config.refine.langevin_iterations;
    options.step = run_.config.refine.langevin_step;
    options.seed = run_.seed();
    Method method = named("langevin");
    method.is_flow = false;
    method.samples = langevin_samples(PosteriorDensity(likelihood, problem_.prior, problem_.observed), options);
    method.ledger = likelihood.ledger();
    return method;
  }

  static Method named(const std::string& name) {
    Method method;
    method.name = name;
    return method;
  }

  void measure(Method& method, TrainableFlow& flow) {
    const Batch z = normal_batch(run_.config.refine.samples, 2, run_.seed(), Purpose::validation, monitor_latents);
    method.samples = flow.sample(z, Batch(problem_.observed));
    method.bound = variational_bound(flow, exact_density_, problem_.observed, z);
    method.kl = divergence(flow, exact_density_, problem_.observed, z, exact_.log_normaliser);
  }

  void report() const {
    char line[240];
    std::snprintf(line, sizeof line, "exact, by quadrature: -log p(y) %.4f, mean %.4f %.4f, std %.4f %.4f",
                  -exact_.log_normaliser, exact_.mean[0], exact_.mean[1], exact_.standard_deviation[0], exact_.standard_deviation[1]);
    run_.log.line(line);
    run_.log.line("  method            -log p(y) <=   mean of x           std of x             KL     updates"
                  "   F and F^T");
    for (const Method& m : methods_) {
      const auto mean = column_means(m.samples), covariance = column_covariance(m.samples);
      std::snprintf(line, sizeof line, "  %-16s %13s   %8.4f %8.4f   %8.4f %8.4f   %9s   %7s   %6lld %6lld",
                    m.name.c_str(), m.is_flow ? std::to_string(m.bound.negative_elbo).c_str() : "-", mean[0], mean[1],
                    std::sqrt(covariance[0]), std::sqrt(covariance[3]), m.is_flow ? std::to_string(m.kl).c_str() : "-",
                    m.trace.update.empty() ? "-" : std::to_string(m.trace.update.size() - 1).c_str(),
                    static_cast<long long>(m.ledger.forward), static_cast<long long>(m.ledger.adjoint));
      run_.log.line(line);
    }
    if (!race_.operators.empty()) report_race();
  }

  void report_race() const {
    char line[240];
    const auto to_limit = race_.to_limit(converged), to_end = race_.to_end_of_scratch();
    const int all = race_.updates.back();
    run_.log.line("race on " + std::to_string(race_.operators.size()) + " random operators, one low-fidelity flow");
    std::snprintf(line, sizeof line, "             KL [nats]                        updates to KL %g            %s",
                  converged, "to the KL of scratch");
    run_.log.line(line);
    std::snprintf(line, sizeof line, "  operator   as trained   scratch after %d   %s", all,
                  "preconditioned   scratch   preconditioned");
    run_.log.line(line);
    for (std::size_t i = 0; i < race_.operators.size(); ++i) {
      std::snprintf(line, sizeof line, "  %8zu %12.2f %19.4f %16.1f %9.1f %16.1f", i,
                    race_.operators[i].preconditioned[0], race_.operators[i].scratch.back(), to_limit[i].preconditioned,
                    to_limit[i].scratch, to_end[i].preconditioned);
      run_.log.line(line);
    }
    const auto tell = [&](const std::string& what, const std::vector<Race::Needed>& needed) {
      const std::vector<double> r = ratios(needed, all);
      std::snprintf(line, sizeof line, "  scratch / preconditioned, updates %s: median %.1f, quartiles %.1f and %.1f",
                    what.c_str(), quantile(r, 0.5), quantile(r, 0.25), quantile(r, 0.75));
      run_.log.line(line);
    };
    tell("to KL 0.1", to_limit);
    tell("to the KL of scratch after all of its", to_end);
  }

  void write_race(Hdf5File& file) const {
    std::vector<double> preconditioned, scratch;
    for (const RaceResult& r : race_.operators) {
      preconditioned.insert(preconditioned.end(), r.preconditioned.begin(), r.preconditioned.end());
      scratch.insert(scratch.end(), r.scratch.begin(), r.scratch.end());
    }
    const auto count = static_cast<std::int64_t>(race_.operators.size());
    const auto lengths = static_cast<std::int64_t>(race_.updates.size());
    file.write("/race/updates", {lengths}, race_.updates.data());
    file.write("/race/preconditioned", {count, lengths}, preconditioned.data());
    file.write("/race/scratch", {count, lengths}, scratch.data());
    write_needed(file, "to_limit", race_.to_limit(converged));
    write_needed(file, "to_end_of_scratch", race_.to_end_of_scratch());
  }

  void write_needed(Hdf5File& file, const std::string& name, const std::vector<Race::Needed>& needed) const {
    std::vector<double> values;
    for (const Race::Needed& n : needed) values.insert(values.end(), {n.preconditioned, n.scratch});
    file.write("/race/" + name, {static_cast<std::int64_t>(needed.size()), 2}, values.data());
    file.write_attribute("/race/" + name, "median_ratio", quantile(ratios(needed, race_.updates.back()), 0.5));
  }

  void write() const {
    OutputFile output(run_.folder.path(file_name(Product::refined)));
    Hdf5File& file = output.file();
    PlaneBox box;   // of the picture
    for (int axis = 0; axis < 2; ++axis) {
      box.low[axis] = exact_.mean[axis] - 5 * exact_.standard_deviation[axis];
      box.high[axis] = exact_.mean[axis] + 5 * exact_.standard_deviation[axis];
    }
    const std::vector<double> density = density_on_lattice(exact_density_, box, lattice_points, exact_.log_normaliser);
    file.write("/exact/density", {lattice_points, lattice_points}, density.data());
    file.write_attribute("/exact/density", "low", std::vector<double>{box.low[0], box.low[1]});
    file.write_attribute("/exact/density", "high", std::vector<double>{box.high[0], box.high[1]});
    file.write_attribute("/exact", "log_evidence", exact_.log_normaliser);
    file.write_attribute("/exact", "mean", std::vector<double>{exact_.mean[0], exact_.mean[1]});
    file.write_attribute("/exact", "std", std::vector<double>{exact_.standard_deviation[0], exact_.standard_deviation[1]});
    file.write_attribute("/exact", "covariance", exact_.covariance);
    const Batch prior = problem_.prior.sample(2000, run_.seed(), 0);
    file.write("/prior/samples", {prior.count, 2}, prior.values.data());
    for (const Method& m : methods_) {
      const std::string group = "/" + m.name;
      file.write(group + "/samples", {m.samples.count, 2}, m.samples.values.data());
      if (!m.objective.empty())
        file.write(group + "/objective", {static_cast<std::int64_t>(m.objective.size())}, m.objective.data());
      if (!m.trace.update.empty()) {
        file.write(group + "/update", {static_cast<std::int64_t>(m.trace.update.size())}, m.trace.update.data());
        file.write(group + "/bound", {static_cast<std::int64_t>(m.trace.bound.size())}, m.trace.bound.data());
      }
      const std::vector<double> covariance = column_covariance(m.samples);
      file.write_attribute(group, "mean", column_means(m.samples));
      file.write_attribute(group, "std", std::vector<double>{std::sqrt(covariance[0]), std::sqrt(covariance[3])});
      if (m.is_flow) file.write_attribute(group, "negative_elbo", m.bound.negative_elbo);
      if (m.is_flow) file.write_attribute(group, "log_evidence", m.bound.log_evidence);
      if (m.is_flow) file.write_attribute(group, "divergence", m.kl);
      file.write_attribute(group, "forward_solves", m.ledger.forward);
      file.write_attribute(group, "adjoint_solves", m.ledger.adjoint);
    }
    if (!race_.operators.empty()) write_race(file);
    stamp(file, Product::refined, run_);
    file.write_attribute("/", "problem", std::string("rosenbrock"));
    file.write_attribute("/", "truth", problem_.truth);
    file.write_attribute("/", "observed", problem_.observed);
    file.write_attribute("/", "operator", problem_.forward_operator.values);
    file.write_attribute("/", "converged_within", converged);
    output.commit();
  }

  const RunContext& run_;
  RosenbrockProblem problem_;
  LinearLikelihood checking_;   // what it is asked is no method's cost
  PosteriorDensity exact_density_;
  PlaneMoments exact_;
  Batch monitor_;
  std::vector<Method> methods_;
  Race race_;
};

}  // namespace

void refine_rosenbrock(const RunContext& run) { Comparison(run).work(); }

}  // namespace bornflow
