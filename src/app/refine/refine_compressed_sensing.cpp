#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bornflow/inference/diagnostics/image_metrics.hpp"
#include "bornflow/inference/flow_density.hpp"
#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "src/app/products.hpp"
#include "src/app/refine/known_problems.hpp"
#include "src/app/refine/refine_tasks.hpp"
#include "src/app/refine/sensing_problem.hpp"

namespace bornflow {

namespace {

// Latents by which a flow is compared with its target, and how many updates lie between two comparisons.
constexpr int monitor_latents = 32, monitor_every = 10;
// A flow's ActNorm starts from this many pairs.
constexpr int initial_pairs = 64;
// Images like the training images by which the low-fidelity flow is judged; numbers that no pair has.
constexpr int familiar_images = 8, familiar_samples = 64;
constexpr std::int64_t first_familiar = std::int64_t{1} << 30;
constexpr int kept_samples = 4;

std::vector<float> as_image(const std::vector<double>& values) { return {values.begin(), values.end()}; }

std::vector<double> column_deviations(const Batch& samples, const std::vector<double>& mean) {
  std::vector<double> result(samples.size);
  for (int i = 0; i < samples.count; ++i)
    for (int c = 0; c < samples.size; ++c) result[c] += std::pow(samples.row(i)[c] - mean[c], 2) / (samples.count - 1);
  for (double& value : result) value = std::sqrt(value);
  return result;
}

// Part of the points where the truth lies between the 5 % and the 95 % quantile of the samples.
double coverage_90(const Batch& samples, const std::vector<double>& truth) {
  std::vector<double> column(samples.count);
  const int tail = static_cast<int>(std::lround(0.05 * samples.count));
  int inside = 0;
  for (int c = 0; c < samples.size; ++c) {
    for (int i = 0; i < samples.count; ++i) column[i] = samples.row(i)[c];
    std::sort(column.begin(), column.end());
    inside += truth[c] >= column[tail] && truth[c] <= column[samples.count - 1 - tail] ? 1 : 0;
  }
  return static_cast<double>(inside) / samples.size;
}

/// One posterior of the observed image, and what is told of it.
struct Method {
  std::string name;   ///< group in refined.h5
  int updates = 0;    ///< of variational inference, so far
  std::vector<double> mean, deviation;
  Batch samples;      ///< a few
  double snr = 0, coverage = 0, misfit = 0;
  OperatorLedger ledger;
  std::vector<double> traced_update, traced_bound, objective;
};

class Comparison {
public:
  explicit Comparison(const RunContext& run)
      : run_(run), refine_(run.config.refine), problem_(make_sensing_problem(run.config)), checking_(problem_.likelihood()),
        monitor_(normal_batch(monitor_latents, size(), run.seed(), Purpose::validation)) {}

  void work() {
    run_.log.line(problem_.description);
    const auto flow = make_image_adapter(run_.config, run_.world(), 0), frozen = make_image_adapter(run_.config, run_.world(), 0);
    run_.log.line(flow->network().description());
    train_low_fidelity(*flow);
    frozen->copy_density(*flow);
    const FlowDensity prior(*frozen, problem_.observed);
    fit("preconditioned", *flow, prior, refine_.preconditioned_epochs);

    const auto fresh = make_image_adapter(run_.config, run_.world(), 1);
    fresh->initialise(normal_batch(initial_pairs, size(), run_.seed(), Purpose::test, 0),
                      normal_batch(initial_pairs, size(), run_.seed(), Purpose::test, 1000000));
    fit("scratch", *fresh, prior, refine_.scratch_epochs);
    report();
    run_on_root(run_.world(), [&] { write(); });
  }

private:
  int size() const { return problem_.convolution->size(); }

  void train_low_fidelity(TrainableFlow& flow) {
    run_.log.line("low_fidelity: trains on " + std::to_string(refine_.pairs) + " pairs");
    const Batch x = problem_.draw(refine_.pairs, 0);
    Batch clean(x.count, x.size);
    for (int i = 0; i < x.count; ++i) {
      const std::vector<double> data = problem_.convolution->project(x.row(i));
      std::copy(data.begin(), data.end(), clean.row(i));
    }
    const Batch y = checking_.simulate(x, run_.seed(), 0);
    const int first = std::min(initial_pairs, x.count);
    flow.initialise(rows(x, 0, first), rows(y, 0, first));
    Method method;
    method.name = "low_fidelity";
    method.objective = train_on_pairs(flow, x, y, make_schedule(run_.config, run_.config.train.epochs),
                                      renewed_noise(run_.config, clean));
    measure(method, flow);
    methods_.push_back(method);

    const Batch familiar = problem_.draw(familiar_images, first_familiar);
    const Batch data = checking_.simulate(familiar, run_.seed(), first_familiar);
    for (int i = 0; i < familiar.count; ++i) {
      const auto mean = column_means(posterior_draws(flow, rows(data, i, 1).values, familiar_samples, run_.seed(),
                                                     static_cast<std::uint64_t>(first_familiar + i)));
      familiar_snr_ += bornflow::snr(as_image(mean), as_image(rows(familiar, i, 1).values)) / familiar.count;
    }
  }

  void fit(const std::string& name, TrainableFlow& flow, const LogDensity& prior, int epochs) {
    run_.log.line(name + ": " + std::to_string(epochs) + " epochs of variational inference");
    SensingLikelihood likelihood = problem_.likelihood();
    const PosteriorDensity target(likelihood, prior, problem_.observed), checked(checking_, prior, problem_.observed);
    VariationalOptions options;
    options.schedule = make_inference_schedule(run_.config, epochs);
    options.latents = refine_.latents;
    options.fresh_latents = refine_.fresh_latents;
    options.gradient = gradient_of(refine_);
    const int all = static_cast<int>(updates(options.schedule, refine_.latents));
    const int compared = static_cast<int>(
        updates(make_inference_schedule(run_.config, refine_.preconditioned_epochs), refine_.latents));
    Method method;
    method.name = name;
    method.objective = fit_posterior(flow, target, problem_.observed, options, [&](int update) {
      method.updates = update;
      method.ledger = likelihood.ledger();
      if (update % monitor_every == 0 || update == all) {
        method.traced_update.push_back(update);
        method.traced_bound.push_back(variational_bound(flow, checked, problem_.observed, monitor_).negative_elbo);
      }
      if (update != compared || update == all) return;
      // From scratch, after as many updates as the other one had.
      Method so_far = method;
      so_far.name = name + "_as_long";
      measure(so_far, flow);
      methods_.push_back(so_far);
    });
    measure(method, flow);
    methods_.push_back(method);
  }

  void measure(Method& method, TrainableFlow& flow) {
    const Batch samples = posterior_draws(flow, problem_.observed, refine_.samples, run_.seed(), 1);
    method.mean = column_means(samples);
    method.deviation = column_deviations(samples, method.mean);
    method.samples = rows(samples, 0, std::min(kept_samples, samples.count));
    method.snr = bornflow::snr(as_image(method.mean), as_image(problem_.truth));
    method.coverage = coverage_90(samples, problem_.truth);
    const std::vector<double> data = problem_.convolution->project(method.mean.data());
    double squares = 0;
    for (int c = 0; c < size(); ++c) squares += std::pow(data[c] - problem_.observed[c], 2);
    method.misfit = std::sqrt(squares / size()) / problem_.sigma;
  }

  double data_snr() const {
    std::vector<float> data = as_image(problem_.observed);
    const double scale = best_scale(data, as_image(problem_.truth));
    for (float& value : data) value *= static_cast<float>(scale);
    return bornflow::snr(data, as_image(problem_.truth));
  }

  void report() const {
    char line[200];
    std::snprintf(line, sizeof line, "images like the training images: SNR of the low-fidelity mean %.2f dB, average of %d",
                  familiar_snr_, familiar_images);
    run_.log.line(line);
    run_.log.line("the observed image                 updates   SNR of the mean [dB]   90 % intervals hold   |A mean - y|   A and A^T");
    std::snprintf(line, sizeof line, "  %-30s %9s %22.2f", "data y, best scale", "-", data_snr());
    run_.log.line(line);
    for (const Method& m : methods_) {
      std::snprintf(line, sizeof line, "  %-30s %9d %22.2f %19.1f %% %8.2f sigma %5lld %5lld", m.name.c_str(), m.updates, m.snr,
                    100 * m.coverage, m.misfit, static_cast<long long>(m.ledger.forward),
                    static_cast<long long>(m.ledger.adjoint));
      run_.log.line(line);
    }
  }

  void write() const {
    OutputFile output(run_.folder.path(file_name(Product::refined)));
    Hdf5File& file = output.file();
    const std::int64_t nz = run_.config.compressed_sensing.nz, nx = run_.config.compressed_sensing.nx;
    file.write("/truth", {nz, nx}, problem_.truth.data());
    file.write("/data", {nz, nx}, problem_.observed.data());
    for (const Method& m : methods_) {
      const std::string group = "/" + m.name;
      file.write(group + "/mean", {nz, nx}, m.mean.data());
      file.write(group + "/std", {nz, nx}, m.deviation.data());
      file.write(group + "/samples", {m.samples.count, nz, nx}, m.samples.values.data());
      if (!m.objective.empty())
        file.write(group + "/objective", {static_cast<std::int64_t>(m.objective.size())}, m.objective.data());
      if (!m.traced_update.empty()) {
        file.write(group + "/update", {static_cast<std::int64_t>(m.traced_update.size())}, m.traced_update.data());
        file.write(group + "/bound", {static_cast<std::int64_t>(m.traced_bound.size())}, m.traced_bound.data());
      }
      file.write_attribute(group, "updates", m.updates);
      file.write_attribute(group, "snr", m.snr);
      file.write_attribute(group, "coverage_90", m.coverage);
      file.write_attribute(group, "misfit", m.misfit);
      file.write_attribute(group, "forward_solves", m.ledger.forward);
      file.write_attribute(group, "adjoint_solves", m.ledger.adjoint);
    }
    stamp(file, Product::refined, run_);
    file.write_attribute("/", "problem", std::string("compressed_sensing"));
    file.write_attribute("/", "images", problem_.description);
    file.write_attribute("/", "sigma", problem_.sigma);
    file.write_attribute("/", "data_snr", data_snr());
    file.write_attribute("/", "familiar_snr", familiar_snr_);
    output.commit();
  }

  const RunContext& run_;
  const RefineSection& refine_;
  SensingProblem problem_;
  SensingLikelihood checking_;   // what it is asked is no method's cost
  Batch monitor_;
  double familiar_snr_ = 0;
  std::vector<Method> methods_;
};

}  // namespace

void refine_compressed_sensing(const RunContext& run) { Comparison(run).work(); }

}  // namespace bornflow
