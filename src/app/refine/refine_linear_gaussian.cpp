#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"
#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/methods/aspire.hpp"
#include "bornflow/inference/methods/departure_flow.hpp"
#include "src/app/products.hpp"
#include "src/app/refine/known_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"

namespace bornflow {

namespace {

// Numbers of models and data that no training pair has: those that are compared, and those of the calibration.
constexpr std::uint64_t first_observation = std::uint64_t{1} << 32, first_calibration = std::uint64_t{1} << 33;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

// |a - b| / |b|, of vectors or, entry by entry, of matrices.
double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return std::sqrt(difference / size);
}

/// Errors of the posterior of each data set, (iteration, data set).
struct Errors {
  std::vector<double> mean, covariance;
};

/// ASPIRE with one choice of what the flows see.
struct Course {
  std::string name;   ///< group in refined.h5
  Aspire aspire;
  LinearLikelihood& likelihood;
  OperatorLedger offline, online;
  Errors errors;
  std::vector<double> losses;   ///< (iteration, epoch)
};

struct Calibration {
  std::string name;
  CalibrationTest test;
  double coverage_90 = 0;
  std::vector<int> ranks;
};

class Comparison {
public:
  explicit Comparison(const RunContext& run)
      : run_(run), refine_(run.config.refine), problem_(make_linear_gaussian(run.config)), checking_(problem_.likelihood()),
        exact_(problem_.prior, checking_) {}

  void work() {
    observe();
    sampling_floor();
    LinearLikelihood with_fiducial = problem_.likelihood(), alone = problem_.likelihood();
    std::vector<Course> courses;
    courses.push_back(course("score_and_fiducial", AspireCondition::score_and_fiducial, with_fiducial));
    if (refine_.compare == "score") courses.push_back(course("score", AspireCondition::score, alone));
    // Each is run by one rank, as it would be by any other. The root runs the first, whose flows it calibrates.
    const Communicator& world = run_.world();
    for (std::size_t c = 0; c < courses.size(); ++c)
      if (static_cast<int>(c) % world.size() == world.rank()) run_course(courses[c]);
    for (std::size_t c = 0; c < courses.size(); ++c) share(courses[c], static_cast<int>(c) % world.size());
    if (!world.is_root()) return;
    report(courses);
    std::vector<Calibration> calibrations;
    if (refine_.calibration_runs > 0) {
      calibrations.push_back(calibrate("exact", nullptr));
      calibrations.push_back(calibrate("flow", &courses[0].aspire));
      report(calibrations);
    }
    write(courses, calibrations);
  }

private:
  Course course(const std::string& name, AspireCondition condition, LinearLikelihood& likelihood) {
    AspireOptions options;
    options.iterations = refine_.iterations;
    options.mean_samples = refine_.mean_samples;
    options.condition = condition;
    options.schedule = make_schedule(run_.config, run_.config.train.epochs);
    return {name, Aspire(likelihood, problem_.prior.mean(), options), likelihood, {}, {}, {}, {}};
  }

  void observe() {
    const Batch x = problem_.prior.sample(refine_.observations, run_.seed(), Purpose::prior, first_observation);
    observed_ = checking_.simulate(x, run_.seed(), first_observation);
  }

  // What is left of the errors when the samples are those of the exact posterior.
  void sampling_floor() {
    for (int i = 0; i < observed_.count; ++i)
      add_errors(floor_, observed_.row(i), exact_draws(observed_.row(i), refine_.samples, first_observation + i));
  }

  Batch exact_draws(const double* y, int draws, std::uint64_t number) const {
    const GaussianDensity posterior(exact_.mean(y), exact_.covariance());
    return posterior.sample(draws, run_.seed(), Purpose::validation, number << 20);
  }

  void add_errors(Errors& errors, const double* y, const Batch& draws) const {
    errors.mean.push_back(relative_error(column_means(draws), exact_.mean(y)));
    errors.covariance.push_back(relative_error(column_covariance(draws), exact_.covariance().values));
  }

  void run_course(Course& course) {
    run_.log.line(course.name + ": trains " + std::to_string(refine_.iterations) + " flows, each on " +
                  std::to_string(refine_.pairs) + " pairs");
    const Batch x = problem_.prior.sample(refine_.pairs, run_.seed(), Purpose::prior, 0);
    const Batch y = checking_.simulate(x, run_.seed(), 0);
    course.aspire.train(x, y, [&](int condition_size, int number) -> std::unique_ptr<TrainableFlow> {
      auto flow = make_adapter(run_.config, x.size, condition_size, number);
      if (condition_size == x.size) return flow;   // sees the score alone, and knows no fiducial to depart from
      return std::make_unique<DepartureFlow>(std::move(flow));
    });
    course.offline = course.likelihood.ledger();
    course.aspire.infer(observed_, first_observation, [&](int, TrainableFlow& flow, const Batch& conditions) {
      for (int i = 0; i < observed_.count; ++i)
        add_errors(course.errors, observed_.row(i),
                   posterior_draws(flow, rows(conditions, i, 1).values, refine_.samples, run_.seed(),
                                   first_observation + i));
    });
    course.online.forward = course.likelihood.ledger().forward - course.offline.forward;
    course.online.adjoint = course.likelihood.ledger().adjoint - course.offline.adjoint;
    for (const auto& epochs : course.aspire.losses())
      course.losses.insert(course.losses.end(), epochs.begin(), epochs.end());
  }

  // What its report needs, from the rank that ran it.
  void share(Course& course, int owner) const {
    const Communicator& world = run_.world();
    std::vector<std::int64_t> solves = {course.offline.forward, course.offline.adjoint, course.online.forward, course.online.adjoint};
    world.broadcast(solves, owner);
    course.offline = {solves[0], solves[1]};
    course.online = {solves[2], solves[3]};
    world.broadcast(course.errors.mean, owner);
    world.broadcast(course.errors.covariance, owner);
    world.broadcast(course.losses, owner);
  }

  // Components of x, its energy, and the likelihood of the data: the last sees what is wrong between x and y.
  std::vector<double> statistics(const double* x, const double* y) {
    std::vector<double> s(x, x + problem_.prior.size());
    double energy = 0;
    for (double value : s) energy += value * value;
    s.push_back(energy);
    s.push_back(checking_.log_values(Batch(std::vector<double>(x, x + problem_.prior.size())),
                                     Batch(std::vector<double>(y, y + checking_.data_size())))[0]);
    return s;
  }

  Calibration calibrate(const std::string& name, Aspire* aspire) {
    run_.log.line("calibration of " + name + ": " + std::to_string(refine_.calibration_runs) + " data sets");
    const int runs = refine_.calibration_runs, draws = refine_.calibration_samples, size = problem_.prior.size();
    const Batch x = problem_.prior.sample(runs, run_.seed(), Purpose::prior, first_calibration);
    const Batch y = checking_.simulate(x, run_.seed(), first_calibration);
    std::vector<Batch> samples(runs);
    if (aspire)
      aspire->infer(y, first_calibration, [&](int iteration, TrainableFlow& flow, const Batch& conditions) {
        if (iteration + 1 < refine_.iterations) return;
        for (int i = 0; i < runs; ++i)
          samples[i] = posterior_draws(flow, rows(conditions, i, 1).values, draws, run_.seed(), first_calibration + i);
      });
    else
      for (int i = 0; i < runs; ++i) samples[i] = exact_draws(y.row(i), draws, first_calibration + i);

    SimulationBasedCalibration calibration(size + 2, draws, run_.seed());
    for (int i = 0; i < runs; ++i) {
      std::vector<std::vector<double>> drawn;
      for (int s = 0; s < draws; ++s) drawn.push_back(statistics(samples[i].row(s), y.row(i)));
      calibration.add(i, statistics(x.row(i), y.row(i)), drawn);
    }
    return {name, calibration.test(), coverage_of_components(calibration.ranks(), size), calibration.ranks()};
  }

  // How often a component lies in its central interval of 90 %: that of nine tenths of the ranks 0 ... draws.
  double coverage_of_components(const std::vector<int>& ranks, int size) const {
    const int outside = static_cast<int>(std::lround(0.05 * (refine_.calibration_samples + 1)));
    std::int64_t inside = 0, all = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      if (static_cast<int>(i % (size + 2)) >= size) continue;
      inside += ranks[i] >= outside && ranks[i] <= refine_.calibration_samples - outside ? 1 : 0;
      ++all;
    }
    return static_cast<double>(inside) / static_cast<double>(all);
  }

  std::vector<double> part(const std::vector<double>& errors, int iteration) const {
    return {errors.begin() + iteration * observed_.count, errors.begin() + (iteration + 1) * observed_.count};
  }

  void report(const std::vector<Course>& courses) const {
    char line[200];
    run_.log.line("relative errors against the closed form, median of " + std::to_string(observed_.count) + " data sets");
    run_.log.line("  flows see            iteration    mean [%]   covariance [%]");
    for (const Course& c : courses)
      for (int j = 0; j < refine_.iterations; ++j) {
        std::snprintf(line, sizeof line, "  %-20s %9d %11.2f %16.2f", c.name.c_str(), j + 1,
                      100 * median(part(c.errors.mean, j)), 100 * median(part(c.errors.covariance, j)));
        run_.log.line(line);
      }
    std::snprintf(line, sizeof line, "  %-20s %9s %11.2f %16.2f", "(exact samples)", "", 100 * median(floor_.mean),
                  100 * median(floor_.covariance));
    run_.log.line(line);
    for (const Course& c : courses)
      run_.log.line(c.name + ": solves offline " + std::to_string(c.offline.forward) + " F, " +
                    std::to_string(c.offline.adjoint) + " F^T; online, each data set, " + std::to_string(c.online.forward / observed_.count) + " F, " +
                    std::to_string(c.online.adjoint / observed_.count) + " F^T");
  }

  void report(const std::vector<Calibration>& calibrations) const {
    char line[200];
    for (const Calibration& c : calibrations) {
      std::snprintf(line, sizeof line, "calibration, %-6s %d runs: combined p = %.3f, 90 %% intervals hold %.1f %%",
                    (c.name + ",").c_str(), refine_.calibration_runs, c.test.combined, 100 * c.coverage_90);
      run_.log.line(line);
    }
  }

  void write(const std::vector<Course>& courses, const std::vector<Calibration>& calibrations) const {
    OutputFile output(run_.folder.path(file_name(Product::refined)));
    Hdf5File& file = output.file();
    const std::int64_t iterations = refine_.iterations, n = observed_.count, size = problem_.prior.size();
    for (const Course& c : courses) {
      const std::string group = "/" + c.name;
      file.write(group + "/mean_error", {iterations, n}, c.errors.mean.data());
      file.write(group + "/covariance_error", {iterations, n}, c.errors.covariance.data());
      file.write(group + "/loss", {iterations, static_cast<std::int64_t>(c.losses.size()) / iterations}, c.losses.data());
      file.write_attribute(group, "offline_forward_solves", c.offline.forward);
      file.write_attribute(group, "offline_adjoint_solves", c.offline.adjoint);
      file.write_attribute(group, "online_forward_solves", c.online.forward / n);
      file.write_attribute(group, "online_adjoint_solves", c.online.adjoint / n);
    }
    file.write("/exact/covariance", {size, size}, exact_.covariance().values.data());
    file.write("/exact/sampling_mean_error", {n}, floor_.mean.data());
    file.write("/exact/sampling_covariance_error", {n}, floor_.covariance.data());
    for (const Calibration& c : calibrations) {
      const std::string group = "/calibration/" + c.name;
      file.write(group + "/ranks", {refine_.calibration_runs, size + 2}, c.ranks.data());
      file.write(group + "/p_value", {size + 2}, c.test.p_value.data());
      file.write_attribute(group, "combined_p_value", c.test.combined);
      file.write_attribute(group, "coverage_90", c.coverage_90);
      file.write_attribute(group, "n_draws", refine_.calibration_samples);
    }
    stamp(file, Product::refined, run_);
    file.write_attribute("/", "problem", std::string("linear_gaussian"));
    output.commit();
  }

  const RunContext& run_;
  const RefineSection& refine_;
  LinearGaussianProblem problem_;
  LinearLikelihood checking_;   // what it is asked is no method's cost
  LinearGaussianPosterior exact_;
  Batch observed_;
  Errors floor_;
};

}  // namespace

void refine_linear_gaussian(const RunContext& run) { Comparison(run).work(); }

}  // namespace bornflow
