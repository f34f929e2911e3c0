#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bornflow/inference/diagnostics/image_metrics.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/methods/latent_correction.hpp"
#include "bornflow/parallel/work.hpp"
#include "bornflow/report/number.hpp"
#include "bornflow/report/progress.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "flows/training/learning_rate.hpp"
#include "src/app/adapters/posterior_map_adapter.hpp"
#include "src/app/posterior/observed_posterior.hpp"
#include "src/app/posterior/record_likelihood.hpp"
#include "src/app/posterior/sampling_calibration.hpp"
#include "src/app/posterior/trained_flow.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/observed_data.hpp"

/// Latent distribution correction of the observed data set: the flow stays as it is, and what it is given instead of standard
/// normal latents is fitted to the physics of these data.
namespace bornflow {

namespace {

CorrectionOptions correction_options(const RunConfig& config, int n_shots) {
  const CorrectSection& correct = config.correct;
  CorrectionOptions options;
  options.schedule.epochs = correct.passes(n_shots);
  options.schedule.batch = correct.shots_of_update(n_shots);
  options.schedule.seed = static_cast<std::uint64_t>(config.run.seed);
  options.schedule.learning_rate = [rate = correct.learning_rate](std::int64_t step, std::int64_t steps) {
    return LearningRate{rate, LearningRateSchedule::cosine, 0, steps}.at(step);
  };
  options.latents = correct.latents;
  return options;
}

constexpr double explained = 1.1;   // residual over noise, as diagnose asks of the posterior

/// Samples before or after, from the same normal numbers, and what is told of them.
struct Posterior {
  std::vector<float> samples;
  PosteriorStatistics statistics;
  double residual = 0;   ///< of the data of the first samples, over the noise
};

class Correction {
public:
  explicit Correction(const RunContext& run)
      : run_(run), flow_(load_trained_flow(run)), calibration_(calibrate_sampling(run, flow_)),
        sampler_(flow_, run.seed(), run.config.model.water_rows, run.config.posterior.batch, calibration_),
        teams_(ShotTeams::of_one_sample(run.groups.across(), n_shots(run.config))), experiment_(run, teams_),
        data_(read_observed(run, experiment_)), map_(sampler_.map(observed_data_set, read_summary(run)), run.world()),
        likelihood_(experiment_, data_.traces, run.config.observed.noise_factor * experiment_.noise().white_equivalent()) {}

  void work() {
    const LatentCorrection correction = correct();
    const Posterior before = posterior_of(LatentGaussian::standard(map_.latent_size())), after = posterior_of(correction.latent);
    report(correction, before, after);
    write(correction, before, after);
  }

private:
  static std::vector<float> read_summary(const RunContext& run) {
    return Hdf5File::open(require_product(Product::migrated, run)).read<float>("/image");
  }

  LatentCorrection correct() {
    ScopedTimer timer(run_.timers, "latent correction");
    const CorrectionOptions options = correction_options(run_.config, likelihood_.shots());
    const auto all = static_cast<double>(updates(options.schedule, likelihood_.shots()));
    Progress progress(run_.log, "correct", all, "updates");
    LatentCorrection correction = correct_latents(map_, likelihood_, options, [&](int update) { progress.update(update); });
    progress.finish();
    return correction;
  }

  Posterior posterior_of(const LatentGaussian& latent) {
    ScopedTimer timer(run_.timers, "sample");
    const PosteriorSection& section = run_.config.posterior;
    const WorkRange mine = contiguous_share(section.samples, run_.world().rank(), run_.world().size());
    // The samples of posterior.h5 by other latents.
    const PosteriorMap map = sampler_.map(observed_data_set, read_summary(run_));
    Posterior posterior;
    for (std::int64_t done = mine.begin; done < mine.end; done += section.batch) {
      Batch e(static_cast<int>(std::min<std::int64_t>(section.batch, mine.end - done)), map.latent_size());
      e.values = sampler_.latents(observed_data_set, done, e.count);
      const std::vector<float> images = map.images(e.count, latent.latents(e).row(0));
      posterior.samples.insert(posterior.samples.end(), images.begin(), images.end());
    }
    posterior.samples = run_.world().concatenate(posterior.samples);
    posterior.statistics = posterior_statistics(posterior.samples.data(), section.samples, map.pixels());
    if (const int checked = std::min(run_.config.correct.checked_samples, section.samples); checked > 0) {
      Batch x(checked, static_cast<int>(map.pixels()));
      std::copy_n(posterior.samples.begin(), x.values.size(), x.values.begin());
      posterior.residual = likelihood_.residual(x) / (run_.config.observed.noise_factor * experiment_.noise().sigma);
    }
    return posterior;
  }

  void report(const LatentCorrection& correction, const Posterior& before, const Posterior& after) const {
    double furthest = 0;
    for (const double value : correction.latent.mean) furthest = std::max(furthest, std::abs(value));
    run_.log.line("latents moved by up to " + format_significant(furthest, 3) + " standard deviations, of " +
                  format_significant(correction.reach, 3) + " that the updates allow");
    const auto tell = [&](const std::string& what, double old_value, double new_value, const std::string& unit) {
      run_.log.line(what + ": " + format_significant(old_value) + unit + " before, " + format_significant(new_value) + unit + " after");
    };
    if (run_.config.correct.checked_samples > 0) {
      tell("residual of the samples' data over the noise", before.residual, after.residual, "");
      if (after.residual > explained)
        run_.log.warn("the samples do not explain the data: more [correct] updates may, or this flow makes no such images");
    }
    if (!data_.truth.empty())
      tell("SNR of the posterior mean", snr(before.statistics.mean, data_.truth), snr(after.statistics.mean, data_.truth), " dB");
  }

  void write(const LatentCorrection& correction, const Posterior& before, const Posterior& after) const {
    const std::vector<std::int64_t> shape = image_shape(experiment_.grid());
    OutputFile output(run_.folder.path(file_name(Product::corrected)), run_.world());
    Hdf5File& file = output.file();
    write_posterior(file, "", shape, after.samples, after.statistics, run_.config.posterior);
    write_posterior(file, "/amortized", shape, before.samples, before.statistics, run_.config.posterior);
    const auto n_latents = static_cast<std::int64_t>(correction.latent.mean.size());
    file.write("/latent_mean", {n_latents}, correction.latent.mean.data());
    file.write("/latent_std", {n_latents}, correction.latent.deviation.data());
    file.write("/objective", {static_cast<std::int64_t>(correction.objective.size())}, correction.objective.data());
    stamp(file, Product::corrected, run_);
    file.write_attribute("/", "n_samples", std::int64_t{run_.config.posterior.samples});
    write_calibration(file, calibration_);
    file.write_attribute("/", "divergence_from_flow", correction.latent.divergence_from_standard());
    if (run_.config.correct.checked_samples > 0) {
      file.write_attribute("/", "residual_ratio", after.residual);
      file.write_attribute("/amortized", "residual_ratio", before.residual);
    }
    const Hdf5File migrated = Hdf5File::open(require_product(Product::migrated, run_));
    file.write_attribute("/", "pde_solves", experiment_.solves().total() + migrated.number_attribute("/", "pde_solves"));
    output.commit();
  }

  const RunContext& run_;
  LoadedFlow flow_;
  SamplingCalibration calibration_;
  PosteriorSampler sampler_;
  ShotTeams teams_;
  Experiment experiment_;
  ObservedData data_;
  PosteriorMapAdapter map_;
  RecordLikelihood likelihood_;
};

}  // namespace

TaskResult run_correct(const RunContext& run) {
  if (already_complete(Product::corrected, run)) return TaskResult::complete;
  require_product(Product::observed, run);
  require_product(Product::flow, run);
  Correction(run).work();
  return TaskResult::complete;
}

}  // namespace bornflow
