#include "src/app/posterior/posterior_predictive.hpp"

#include <cmath>

#include "bornflow/parallel/ordered_sum.hpp"
#include "bornflow/report/progress.hpp"

namespace bornflow {

namespace {

double energy(const float* values, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += double(values[i]) * values[i];
  return sum;
}

// Data are linear in the image: d - J x_s = J (x - x_s) + n. Energies of n and of the mean residual over the samples.
double ratio_of_one(Experiment& experiment, std::int64_t sample, std::vector<float> samples) {
  BornOperator<float>& born = experiment.born();
  const std::vector<float> truth = experiment.draw_image(sample);
  const int n_samples = static_cast<int>(samples.size() / truth.size());
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = truth[i % truth.size()] - samples[i];

  const std::size_t n = born.traces_size();
  std::vector<float> traces(static_cast<std::size_t>(n_samples) * n);
  OrderedSum energies(born.n_shots(), 2);
  const WorkRange shots = experiment.teams().shots();
  for (auto shot = shots.begin; shot < shots.end; ++shot) {
    const std::vector<float> noise = experiment.draw_noise(sample, static_cast<int>(shot));
    born.born(static_cast<int>(shot), n_samples, samples.data(), traces.data());
    for (std::size_t i = 0; i < traces.size(); ++i) traces[i] += noise[i % n];
    const double of_shot[2] = {energy(noise.data(), n), energy(traces.data(), traces.size()) / n_samples};
    energies.add(shot, of_shot);
  }
  const std::vector<double> total = energies.total(experiment.teams().team());
  return std::sqrt(total[1] / total[0]);
}

}  // namespace

std::vector<double> predictive_ratios(const RunContext& run, Experiment& experiment, PosteriorSampler& sampler,
                                      const PredictivePairs& pairs) {
  ScopedTimer timer(run.timers, "posterior predictive");
  const ShotTeams& teams = experiment.teams();
  const WorkRange mine = contiguous_share(pairs.count, teams.index(), teams.count());
  Progress progress(run.log, "predictive, first team", static_cast<double>(mine.size()), "images");
  const Hdf5File file = Hdf5File::open(pairs.path);
  std::vector<double> ratios;
  for (auto i = mine.begin; i < mine.end; ++i) {
    std::vector<float> summary(experiment.image_size());
    file.read_rows("/summary", pairs.first + i, 1, summary.data());
    ratios.push_back(
        ratio_of_one(experiment, pairs.first + i, sampler.draw(pairs.first + i, summary, 0, pairs.samples)));
    progress.update(static_cast<double>(ratios.size()));
  }
  progress.finish();
  // Every rank of a team has found the same.
  const bool speaks = teams.team().is_root();
  return run.groups.across().concatenate(speaks ? ratios : std::vector<double>{});
}

}  // namespace bornflow
