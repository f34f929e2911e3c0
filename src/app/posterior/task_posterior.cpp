#include <algorithm>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/diagnostics/summary_novelty.hpp"
#include "bornflow/parallel/work.hpp"
#include "bornflow/report/number.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "src/app/posterior/observed_posterior.hpp"
#include "src/app/posterior/sampling_calibration.hpp"
#include "src/app/posterior/trained_flow.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

namespace {

// Is the observed summary like those the flow was trained on? Every rank finds the same.
NoveltyScore novelty_of(const RunContext& run, const std::vector<float>& summary) {
  const Hdf5File pairs = Hdf5File::open(require_product(Product::pairs, run));
  const auto n_train = std::int64_t{run.config.pairs.train};
  std::vector<float> summaries(static_cast<std::size_t>(n_train) * summary.size());
  pairs.read_rows("/summary", 0, n_train, summaries.data());
  return score_novelty(fit_summary_novelty(summaries.data(), n_train, run.config.grid.nz, run.config.grid.nx), summary);
}

}  // namespace

TaskResult run_posterior(const RunContext& run) {
  if (already_complete(Product::posterior, run)) return TaskResult::complete;
  require_product(Product::flow, run);
  const Hdf5File migrated = Hdf5File::open(require_product(Product::migrated, run));
  const std::vector<float> summary = migrated.read<float>("/image");
  const NoveltyScore novelty = novelty_of(run, summary);

  LoadedFlow flow = load_trained_flow(run);
  const PosteriorSection& section = run.config.posterior;
  const SamplingCalibration calibration = calibrate_sampling(run, flow);
  PosteriorSampler sampler(flow, run.seed(), run.config.model.water_rows, section.batch, calibration);
  std::vector<float> samples;
  {
    ScopedTimer timer(run.timers, "sample");
    const WorkRange mine = contiguous_share(section.samples, run.world().rank(), run.world().size());
    samples = run.world().concatenate(sampler.draw(observed_data_set, summary, mine.begin, mine.size()));
  }
  const PosteriorStatistics statistics = posterior_statistics(samples.data(), section.samples, summary.size());

  const std::vector<std::int64_t> shape = {run.config.grid.nz, run.config.grid.nx};
  OutputFile output(run.folder.path(file_name(Product::posterior)), run.world());
  Hdf5File& file = output.file();
  write_posterior(file, "", shape, samples, statistics, section);
  stamp(file, Product::posterior, run);
  file.write_attribute("/", "n_samples", std::int64_t{section.samples});
  write_calibration(file, calibration);
  file.write_attribute("/", "out_of_distribution_score", novelty.score);
  file.write_attribute("/", "out_of_distribution_p_value", novelty.p_value);
  file.write_attribute("/", "pde_solves", migrated.number_attribute("/", "pde_solves"));
  output.commit();

  run.log.line("observed summary against the training summaries: score " + format_significant(novelty.score) + ", p = " +
               format_significant(novelty.p_value));
  // A quarter of the training summaries give the p-value (SummaryNovelty), which bounds it below.
  const double smallest = 1.0 / (run.config.pairs.train / 4 + 1);
  if (novelty.p_value <= std::max(0.01, smallest))
    run.log.warn("the observed data are unlike the training data (p <= " + format_significant(novelty.p_value) +
                 "): do not trust this posterior; the task 'correct' fits it to their physics");
  return TaskResult::complete;
}

}  // namespace bornflow
