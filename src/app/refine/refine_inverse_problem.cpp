#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>

#include "bornflow/inference/diagnostics/interval_calibration.hpp"
#include "bornflow/inference/methods/rejection_sampling.hpp"
#include "bornflow/inference/numerics/mean_discrepancy.hpp"
#include "src/app/products.hpp"
#include "src/app/refine/bidirectional_history.hpp"
#include "src/app/refine/inverse_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"

namespace bornflow {

namespace {

// Kernels of the discrepancy from ABC [standard deviations of the prior]: those of Kruse et al. 2021.
const std::vector<double> evaluation_widths = {0.05, 0.2, 0.9};

// A posterior of this width [widths of the prior], by ABC and by the invertible network, tells nothing of the number.
constexpr double unrecovered_width = 0.95;

/// What a method found, and how good it is. Lists have an entry for each data set or number of x.
struct Method {
  std::string name, label, description;
  std::vector<double> samples;          ///< (data set, sample, number of x), of the data sets that ABC has seen
  std::vector<double> discrepancy;      ///< squared MMD from ABC, of each data set
  std::vector<double> resimulation;     ///< mean |s(x) - y|^2 of each data set [variances of y]
  std::vector<double> width;            ///< of each number of x, mean deviation of a posterior over that of the prior
  std::vector<double> calibration;      ///< calibration error of each number of x
  std::vector<double> fractions;        ///< (number of x, level) inside the intervals
  std::vector<double> losses;           ///< of each epoch
  std::vector<BidirectionalLosses> history;
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}
double largest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

class Comparison {
public:
  explicit Comparison(const RunContext& run)
      : run_(run), problem_(make_inverse_problem(run.config)),
        observed_(observations()), pairs_(draw_pairs(*problem_, run.config.refine.pairs, run.seed(), 0)),
        x_units_(column_deviations(pairs_.x)), y_units_(column_deviations(pairs_.y)) {
    for (double& unit : y_units_)
      if (!(unit > 0)) unit = 1;
  }

  void work() {
    const Communicator& world = run_.world();
    run_.log.line("abc: " + std::to_string(static_cast<std::int64_t>(run_.config.abc.draws)) + " draws, over the ranks");
    reference_ = rejection(first_rejection_draw);
    add("abc", "ABC", "");
    add("inn", "INN", "");
    add("cvae", "cVAE", "");
    for (std::size_t m = 0; m < methods_.size(); ++m)
      if (owner_of(m) == world.rank()) evaluate(methods_[m]);
    for (std::size_t m = 0; m < methods_.size(); ++m) collect(methods_[m], owner_of(m));
    if (!world.is_root()) return;
    report();
    write();
  }

private:
  // ABC is measured by rank 0, which then has nothing but the shorter training to do.
  int owner_of(std::size_t method) const { return method == 1 ? run_.world().size() - 1 : 0; }

  void add(const std::string& name, const std::string& label, const std::string& description) {
    Method method;
    method.name = name, method.label = label, method.description = description;
    methods_.push_back(method);
  }

  // The first data set is the one that is shown, when the parameter file names one; the others are of the prior.
  Pairs observations() const {
    Pairs pairs = draw_pairs(*problem_, run_.config.refine.observations, run_.seed(), first_observed_pair);
    if (run_.config.problem.kind == "inverse_kinematics")
      std::copy(run_.config.kinematics.shown.begin(), run_.config.kinematics.shown.end(), pairs.y.row(0));
    return pairs;
  }

  std::vector<RejectionPosterior> rejection(std::uint64_t first) const {
    RejectionOptions options;
    options.draws = static_cast<std::int64_t>(run_.config.abc.draws);
    options.keep = run_.config.abc.keep, options.tolerance = run_.config.abc.tolerance;
    options.units = y_units_, options.seed = run_.seed(), options.first = first;
    return rejection_sampling(*problem_, observed_.y, options, run_.world());
  }

  void evaluate(Method& method) {
    if (method.name == "abc") {
      const int half = reference_[0].samples.count / 2;
      for (int o = 0; o < observed_.y.count; ++o) {
        const Batch& all = reference_[o].samples;
        resimulate(method, o, all);
        widen(method, all);
        // Every other one: what is left of the discrepancy between two samples of one distribution.
        std::vector<int> even, odd;
        for (int i = 0; i < all.count; ++i) (i % 2 == 0 ? even : odd).push_back(i);
        method.discrepancy.push_back(half > 1 ? discrepancy(rows(all, even), rows(all, odd)) : 0);
      }
      method.description = std::to_string(static_cast<std::int64_t>(run_.config.abc.draws)) + " draws";
      return;
    }
    std::unique_ptr<TrainedSampler> sampler = train(method);
    method.description = sampler->description();
    for (int o = 0; o < observed_.y.count; ++o) {
      const Batch found = sampler->sample(row_of(observed_.y, o), run_.config.refine.samples, first_observed_pair + o);
      method.samples.insert(method.samples.end(), found.values.begin(), found.values.end());
      resimulate(method, o, found);
      widen(method, found);
      method.discrepancy.push_back(discrepancy(found, reference_[o].samples));
    }
    calibrate(method, *sampler);
  }

  std::unique_ptr<TrainedSampler> train(Method& method) const {
    run_.log.line(method.name + ": trains on " + std::to_string(pairs_.x.count) + " pairs");
    if (method.name == "inn") {
      TrainedInvertible trained = train_invertible(pairs_, make_invertible_options(run_.config, *problem_));
      method.history = std::move(trained.history);
      return std::move(trained.sampler);
    }
    TrainedAutoencoder trained = train_autoencoder(pairs_, make_autoencoder_options(run_.config, *problem_));
    method.losses = std::move(trained.history);
    return std::move(trained.sampler);
  }

  static std::vector<double> row_of(const Batch& batch, int i) { return {batch.row(i), batch.row(i) + batch.size}; }

  double discrepancy(const Batch& a, const Batch& b) const {
    return squared_discrepancy(in_units(a, x_units_), in_units(b, x_units_), evaluation_widths);
  }

  void resimulate(Method& method, int observation, const Batch& x) const {
    const Batch y = simulate(*problem_, x);
    double sum = 0;
    for (int i = 0; i < y.count; ++i)
      for (int c = 0; c < y.size; ++c) sum += std::pow((y.row(i)[c] - observed_.y.row(observation)[c]) / y_units_[c], 2);
    method.resimulation.push_back(sum / y.count);
  }

  void widen(Method& method, const Batch& x) const {
    const std::vector<double> deviations = column_deviations(x);
    method.width.resize(deviations.size());
    for (std::size_t c = 0; c < deviations.size(); ++c) method.width[c] += deviations[c] / x_units_[c] / observed_.y.count;
  }

  void calibrate(Method& method, TrainedSampler& sampler) const {
    const int runs = run_.config.refine.calibration_runs;
    if (runs == 0) return;
    const Pairs pairs = draw_pairs(*problem_, runs, run_.seed(), first_calibration_pair);
    IntervalCalibration calibration(problem_->model_size());
    for (int i = 0; i < runs; ++i)
      calibration.add(pairs.x.row(i), sampler.sample(row_of(pairs.y, i), run_.config.refine.calibration_samples,
                                                     first_calibration_pair + i));
    for (int c = 0; c < problem_->model_size(); ++c) {
      method.calibration.push_back(calibration.error(c));
      const std::vector<double> fractions = calibration.fractions(c);
      method.fractions.insert(method.fractions.end(), fractions.begin(), fractions.end());
    }
  }

  void collect(Method& method, int owner) {
    const Communicator& world = run_.world();
    world.broadcast(method.description, owner);
    for (auto* list : {&method.samples, &method.discrepancy, &method.resimulation, &method.width, &method.calibration,
                       &method.fractions, &method.losses})
      world.broadcast(*list, owner);
    method.history = broadcast_history(method.history, world, owner);
  }

  void report() const {
    char line[240];
    double tolerance = 0;
    for (const RejectionPosterior& posterior : reference_) tolerance += posterior.tolerance / reference_.size();
    std::snprintf(line, sizeof line, "ABC: %.3g draws, %d kept of each of %d data sets, mean tolerance %.3g deviations of y",
                  run_.config.abc.draws, reference_[0].samples.count, observed_.y.count, tolerance);
    run_.log.line(line);
    run_.log.line("  method    MMD^2 to ABC    re-simulation error    calibration error [%]: mean, largest");
    for (const Method& m : methods_) {
      std::snprintf(line, sizeof line, "  %-8s %13.5f %22.5f", m.label.c_str(), mean(m.discrepancy), mean(m.resimulation));
      std::string text = line;
      if (!m.calibration.empty()) {
        std::snprintf(line, sizeof line, " %30.2f %8.2f", 100 * mean(m.calibration), 100 * largest(m.calibration));
        text += line;
      }
      run_.log.line(text);
    }
    report_widths();
    for (const Method& m : methods_) run_.log.line(m.label + ": " + m.description);
  }

  // Which numbers of x the data tell of at all.
  void report_widths() const {
    run_.log.line("  width of the posterior over that of the prior:");
    const std::vector<std::string> names = problem_->model_names();
    for (std::size_t c = 0; c < names.size(); ++c) {
      std::string text = "    " + names[c] + std::string(names[c].size() < 10 ? 10 - names[c].size() : 0, ' ');
      for (const Method& m : methods_) {
        char word[40];
        std::snprintf(word, sizeof word, "  %s %.2f", m.label.c_str(), m.width[c]);
        text += word;
      }
      const bool nothing = std::all_of(methods_.begin(), methods_.begin() + 2,
                                       [&](const Method& m) { return m.width[c] >= unrecovered_width; });
      run_.log.line(text + (nothing ? "   not recovered" : ""));
    }
  }

  void write() const {
    OutputFile output(run_.folder.path(file_name(Product::refined)));
    Hdf5File& file = output.file();
    const std::int64_t sets = observed_.y.count, size = problem_->model_size(), draws = run_.config.refine.samples;
    file.write("/inverse/observed", {sets, observed_.y.size}, observed_.y.values.data());
    file.write("/inverse/prior", {std::min(2000, pairs_.x.count), size}, pairs_.x.values.data());
    const Batch& shown = reference_[0].samples;
    file.write("/inverse/abc/shown", {shown.count, size}, shown.values.data());
    std::vector<double> tolerances;
    for (const RejectionPosterior& posterior : reference_) tolerances.push_back(posterior.tolerance);
    file.write("/inverse/abc/tolerance", {sets}, tolerances.data());
    std::string names;
    for (const std::string& name : problem_->model_names()) names += (names.empty() ? "" : ", ") + name;
    file.write_attribute("/inverse", "names", names);
    for (const Method& m : methods_) {
      const std::string group = "/inverse/" + m.name;
      file.write(group + "/discrepancy", {sets}, m.discrepancy.data());
      file.write(group + "/resimulation", {sets}, m.resimulation.data());
      file.write_attribute(group, "label", m.label);
      file.write_attribute(group, "description", m.description);
      file.write_attribute(group, "mmd2_to_abc", mean(m.discrepancy));
      file.write_attribute(group, "resimulation_error", mean(m.resimulation));
      file.write(group + "/width", {size}, m.width.data());
      if (!m.samples.empty()) file.write(group + "/shown", {draws, size}, m.samples.data());
      if (!m.losses.empty()) file.write(group + "/losses", {static_cast<std::int64_t>(m.losses.size())}, m.losses.data());
      if (!m.history.empty()) write_history(file, group + "/losses", m.history);
      if (m.calibration.empty()) continue;
      file.write(group + "/calibration_error", {size}, m.calibration.data());
      file.write(group + "/inside", {size, static_cast<std::int64_t>(m.fractions.size()) / size}, m.fractions.data());
      file.write_attribute(group, "calibration_error", mean(m.calibration));
    }
    if (run_.config.problem.kind == "inverse_kinematics")
      file.write_attribute("/inverse", "lengths", run_.config.kinematics.lengths);
    stamp(file, Product::refined, run_);
    file.write_attribute("/", "problem", run_.config.problem.kind);
    output.commit();
  }

  const RunContext& run_;
  std::unique_ptr<InverseProblem> problem_;
  Pairs observed_, pairs_;
  std::vector<double> x_units_, y_units_;
  std::vector<RejectionPosterior> reference_;
  std::vector<Method> methods_;
};

}  // namespace

void refine_inverse_problem(const RunContext& run) { Comparison(run).work(); }

}  // namespace bornflow
