#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/image_metrics.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_evidence.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"
#include "bornflow/parallel/work.hpp"
#include "bornflow/report/progress.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "solvers/inversion/least_squares.hpp"
#include "src/app/posterior/diagnostic_checks.hpp"
#include "src/app/posterior/diagnostics.hpp"
#include "src/app/posterior/posterior_predictive.hpp"
#include "src/app/posterior/sampling_calibration.hpp"
#include "src/app/posterior/trained_flow.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment.hpp"

/// Tests the amortized posterior on the test pairs: accuracy against RTM and LS-RTM, and the checks of
/// diagnostic_report.hpp, of which each finds what the others cannot see.
namespace bornflow {

namespace {

struct TestPairs {
  std::int64_t first = 0, count = 0;     // rows of pairs.h5
  std::vector<float> x, summary;         // this rank's share
  WorkRange mine;
};

// A pair without numbers would spoil every mean, and one left out would make the posterior look better than it is.
void refuse_non_finite(const RunContext& run, const std::string& path, const TestPairs& pairs, std::size_t image_size) {
  std::vector<int> damaged;  // rows
  const auto is_damaged = [&](const std::vector<float>& values, std::int64_t i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * image_size);
    return !std::all_of(begin, begin + static_cast<std::ptrdiff_t>(image_size), [](float v) { return std::isfinite(v); });
  };
  for (std::int64_t i = 0; i < pairs.mine.size(); ++i)
    if (is_damaged(pairs.x, i) || is_damaged(pairs.summary, i))
      damaged.push_back(static_cast<int>(pairs.first + pairs.mine.begin + i));
  damaged = run.world().concatenate(damaged);
  if (!damaged.empty())
    throw DataError(path + ": " + std::to_string(damaged.size()) + " of " + std::to_string(pairs.count) +
                    " test pairs hold NaN or infinite values, the first is row " + std::to_string(damaged[0]) +
                    "; none is left out silently. Remove the file and make the pairs again.");
}

TestPairs read_test_pairs(const RunContext& run, const std::string& path, std::size_t image_size) {
  TestPairs pairs;
  pairs.first = run.config.pairs.train;
  pairs.count = run.config.pairs.test;
  pairs.mine = contiguous_share(pairs.count, run.world().rank(), run.world().size());
  const auto n = static_cast<std::size_t>(pairs.mine.size());
  pairs.x.resize(n * image_size);
  pairs.summary.resize(n * image_size);
  const Hdf5File file = Hdf5File::open(path);
  file.read_rows("/x", pairs.first + pairs.mine.begin, pairs.mine.size(), pairs.x.data());
  file.read_rows("/summary", pairs.first + pairs.mine.begin, pairs.mine.size(), pairs.summary.data());
  refuse_non_finite(run, path, pairs, image_size);
  return pairs;
}

// The image and its metrics against the truth. Migrated images have no amplitude of their own, so the baselines get the
// scale that fits the truth best: more than any method could know.
void add_scores(Scores& scores, std::vector<float> image, const std::vector<float>& truth, bool rescale, int nz, int nx) {
  if (rescale) {
    const auto scale = static_cast<float>(best_scale(image, truth));
    for (float& value : image) value *= scale;
  }
  scores.snr.push_back(snr(image, truth));
  scores.ssim.push_back(ssim(image, truth, nz, nx, value_range(truth)));
  scores.rmse.push_back(rmse(image, truth));
}

// LS-RTM of every test image, one after the other with all ranks on its shots. Result: scores for 1, 2, ... iterations.
std::vector<Scores> least_squares_baseline(const RunContext& run, Experiment& experiment, std::int64_t first,
                                           std::int64_t count, int iterations) {
  ScopedTimer timer(run.timers, "LS-RTM");
  const ShotTeams& teams = experiment.teams();
  Progress progress(run.log, "LS-RTM", static_cast<double>(count), "images");
  std::vector<Scores> scores(static_cast<std::size_t>(iterations));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::vector<float> truth = experiment.draw_image(first + i);
    const std::vector<float> data = experiment.simulate_born_data(first + i, truth);
    const auto result = least_squares_migration(teams.team(), experiment.born(), teams.shots(), data, iterations);
    for (int k = 1; k <= iterations; ++k)
      add_scores(scores[static_cast<std::size_t>(k - 1)], result.images[static_cast<std::size_t>(k)], truth, true,
                 run.config.grid.nz, run.config.grid.nx);
    progress.update(static_cast<double>(i + 1));
  }
  progress.finish();
  return scores;
}

void sample_posteriors(const RunContext& run, PosteriorSampler& sampler, const TestPairs& pairs,
                       const TrainingReference& reference, Diagnostics& results) {
  ScopedTimer timer(run.timers, "posteriors");
  const RunConfig& config = run.config;
  const int nz = config.grid.nz, nx = config.grid.nx, n_samples = config.diagnose.samples;
  const std::size_t size = static_cast<std::size_t>(nz) * nx;
  const auto mask = below_water(nz, nx, config.model.water_rows);
  const Hdf5File file = Hdf5File::open(run.folder.path(file_name(Product::pairs)));
  const double jitter = std::max(0.0, config.train.x_noise_end < 0 ? config.train.x_noise : config.train.x_noise_end);
  const std::int64_t learned_pairs = config.pairs.train - config.train.validation;  // the first rows
  Progress progress(run.log, "posteriors on rank 0", static_cast<double>(pairs.mine.size()), "images");
  for (std::int64_t i = 0; i < pairs.mine.size(); ++i) {
    const auto at = [&](const std::vector<float>& rows) {
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * size);
      return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(size));
    };
    const std::int64_t test = pairs.mine.begin + i;
    const std::vector<float> truth = at(pairs.x), summary = at(pairs.summary);
    const std::vector<float> samples = sampler.draw(pairs.first + test, summary, 0, n_samples);
    RunningMoments moments(size);
    for (int s = 0; s < n_samples; ++s) moments.add(samples.data() + static_cast<std::size_t>(s) * size);

    add_scores(results.rtm, summary, truth, true, nz, nx);
    add_scores(results.posterior_mean, moments.mean(), truth, false, nz, nx);
    results.coverage.add(samples.data(), truth, mask);
    results.pixels.add(moments.mean(), moments.standard_deviation(), truth, mask);
    results.calibration.add(test, results.statistics, truth.data(), samples.data(), size);
    const std::int64_t row = test % learned_pairs;
    std::vector<float> of_prior(size), learned_summary(size), of_data(summary);
    file.read_rows("/x", row, 1, of_prior.data());
    file.read_rows("/summary", row, 1, learned_summary.data());
    for (float& value : of_data) value *= static_cast<float>(reference.summary_scale);
    results.evidence.add(test, truth.data(), samples.data(), {of_prior.data(), of_data.data()});
    const std::vector<float> latent = sampler.latent(pairs.first + test, truth, summary, jitter);
    results.evidence.add_latent(latent.data(), latent.size());
    const std::vector<float> learned = sampler.latent(row, of_prior, learned_summary, jitter);
    results.evidence.add_learned_latent(learned.data(), learned.size());
    results.novelty.push_back(score_novelty(reference.novelty, summary).p_value);
    if (test < config.diagnose.examples)
      results.examples.push_back({truth, summary, moments.mean(), moments.standard_deviation(),
                                  {samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(4 * size)}});
    progress.update(static_cast<double>(i + 1));
  }
  progress.finish();
}

}  // namespace

TaskResult run_diagnose(const RunContext& run) {
  if (already_complete(Product::diagnostics, run)) {
    enforce_checks(run);
    return TaskResult::complete;
  }
  const RunConfig& config = run.config;
  const std::string pairs_path = require_product(Product::pairs, run);
  LoadedFlow flow = load_trained_flow(run);
  const SamplingCalibration calibration = calibrate_sampling(run, flow);
  PosteriorSampler sampler(flow, run.seed(), config.model.water_rows, config.posterior.batch, calibration);
  const TestPairs pairs = read_test_pairs(run, pairs_path, static_cast<std::size_t>(config.grid.nz) * config.grid.nx);
  const TrainingReference reference = read_training_reference(run, pairs_path);

  Diagnostics results(config.grid.nz, config.grid.nx, config.model.water_rows,
                      {config.diagnose.samples, below_water(config.grid.nz, config.grid.nx, config.model.water_rows),
                       reference.prior_variance, run.seed()});
  results.novelty_held_out = static_cast<int>(reference.novelty.held_out.size());
  sample_posteriors(run, sampler, pairs, reference, results);
  const std::int64_t simulated = std::min<std::int64_t>(config.diagnose.predictive_images, pairs.count);
  if (config.diagnose.lsrtm_iterations > 0 || simulated > 0) {
    const ShotTeams teams(run.groups.across(), n_shots(config));
    Experiment experiment(run, teams);
    if (simulated > 0)
      results.residual_ratios = predictive_ratios(run, experiment, sampler,
                                                  {pairs_path, pairs.first, simulated, config.diagnose.predictive_samples});
    if (config.diagnose.lsrtm_iterations > 0)
      results.lsrtm = least_squares_baseline(run, experiment, pairs.first, pairs.count, config.diagnose.lsrtm_iterations);
  }
  results.gather(run.world());
  const Findings findings = find_out(results, diagnostic_thresholds(config));
  write_diagnostics(run, results, findings, calibration);
  report_diagnostics(run, results, findings);
  enforce_checks(run);
  return TaskResult::complete;
}

}  // namespace bornflow
