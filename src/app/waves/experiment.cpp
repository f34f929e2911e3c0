#include "src/app/waves/experiment.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/parallel/ordered_sum.hpp"
#include "solvers/survey/recorded_traces.hpp"
#include "src/app/parameters/wave_checks.hpp"
#include "src/app/waves/wave_memory.hpp"

namespace bornflow {

Experiment::Experiment(const RunContext& run, const ShotTeams& teams)
    : teams_(teams),
      writes_(teams.index() == 0 && run.groups.domain().is_root()),
      seed_(run.seed()),
      amplitude_(run.config.prior.amplitude),
      amplitude_spread_(run.config.prior.amplitude_spread),
      background_(make_background(run.config)),
      acquisition_(make_acquisition(run.config)),
      prior_(make_prior(run.config)) {
  const RunConfig& config = run.config;
  grid_ = background_.velocity.grid;
  check_physics(config, background_);
  born_ = std::make_unique<BornOperator<float>>(make_domain(run, grid_), make_propagator_options(run, background_), acquisition_,
                                                background_.velocity.values, make_water_mute(config),
                                                config.wave.background_memory * 1e9);
  require_memory(run.log, *born_, static_cast<int>(teams.shots().size()));
  {
    ScopedTimer timer(run.timers, "background wavefields");
    born_->prepare(static_cast<int>(teams.shots().begin), static_cast<int>(teams.shots().end));
  }
  noise_ = {config.noise.band, 0.0, config.time.peak_frequency, config.time.sample_interval};
  ScopedTimer timer(run.timers, "noise level");
  const SolveLedger before = born_->ledger();
  noise_.sigma = measure_noise_sigma(run);
  noise_level_solves_ = born_->ledger();
  noise_level_solves_ -= before;
}

SolveLedger Experiment::solves() const {
  SolveLedger mine = born_->ledger();
  mine -= noise_level_solves_;
  return sum_of(teams_.team(), mine);
}

std::vector<float> Experiment::draw_image(const Prior& prior, std::int64_t index) const {
  std::vector<float> image = along_y(prior.draw(index));
  RandomStream stream(seed_, Purpose::amplitude, static_cast<std::uint64_t>(index));
  const double amplitude = amplitude_ * std::exp(amplitude_spread_ * stream.normal());
  for (float& value : image) value = static_cast<float>(amplitude * value);
  return image;
}

std::vector<float> Experiment::along_y(const std::vector<float>& section) const {
  if (grid_.is_2d()) return section;
  std::vector<float> image;
  for (auto row = section.begin(); row != section.end(); row += grid_.nx)
    for (int iy = 0; iy < grid_.ny; ++iy) image.insert(image.end(), row, row + grid_.nx);
  return image;
}

double Experiment::measure_noise_sigma(const RunContext& run) {
  // The first images of the prior stand for all: the mean of their 98 % quantiles is one number for every run of these
  // parameters, whatever the number of ranks.
  const int n_images = 4;
  std::vector<float> images;
  for (int i = 0; i < n_images; ++i) {
    const std::vector<float> image = draw_image(i);
    images.insert(images.end(), image.begin(), image.end());
  }
  OrderedSum quantiles(born_->n_shots(), 1);
  std::vector<float> traces(static_cast<std::size_t>(n_images) * born_->traces_size());
  for (auto shot = teams_.shots().begin; shot < teams_.shots().end; ++shot) {
    born_->born(static_cast<int>(shot), n_images, images.data(), traces.data());
    double mean = 0;
    for (int i = 0; i < n_images; ++i)
      mean += strength(acquisition_, static_cast<int>(shot), traces.data() + i * born_->traces_size()) / n_images;
    quantiles.add(shot, &mean);
  }
  return run.config.noise.level * quantiles.total(teams_.team())[0] / born_->n_shots();
}

std::vector<float> Experiment::scaled(const std::vector<double>& image) const {
  const double scale = 1.0 / static_cast<double>(acquisition_.n_pairs());
  std::vector<float> result(image.size());
  std::transform(image.begin(), image.end(), result.begin(), [scale](double v) { return static_cast<float>(scale * v); });
  return result;
}

Experiment::Summaries Experiment::simulate_summaries(std::int64_t first_sample, int count,
                                                     const std::vector<float>& images) {
  const std::size_t image_size = this->image_size(), traces_size = born_->traces_size();
  BORNFLOW_REQUIRE(images.size() == static_cast<std::size_t>(count) * image_size, "images and count differ");

  // Signal and noise of all images migrate together: one batch of 2 x count adjoint fields for each shot.
  OrderedSum sum(born_->n_shots(), 2 * static_cast<std::size_t>(count) * image_size);
  std::vector<float> traces(2 * static_cast<std::size_t>(count) * traces_size);
  std::vector<float> migrated(2 * static_cast<std::size_t>(count) * image_size);
  for (auto shot = teams_.shots().begin; shot < teams_.shots().end; ++shot) {
    born_->born(static_cast<int>(shot), count, images.data(), traces.data());
    for (int i = 0; i < count; ++i) {
      const std::vector<float> noise = draw_noise(first_sample + i, static_cast<int>(shot));
      std::copy(noise.begin(), noise.end(), traces.begin() + static_cast<std::ptrdiff_t>((count + i) * traces_size));
    }
    born_->born_adjoint(static_cast<int>(shot), 2 * count, traces.data(), migrated.data());
    sum.add(shot, migrated.data());
  }
  const std::vector<float> total = scaled(sum.total(teams_.team()));
  const auto middle = total.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(count) * image_size);
  return {{total.begin(), middle}, {middle, total.end()}};
}

std::vector<float> Experiment::simulate_born_data(std::int64_t sample, const std::vector<float>& image,
                                                  double noise_factor) {
  const WorkRange shots = teams_.shots();
  std::vector<float> traces(static_cast<std::size_t>(shots.size()) * born_->traces_size());
  for (auto shot = shots.begin; shot < shots.end; ++shot)
    born_->born(static_cast<int>(shot), 1, image.data(),
                traces.data() + static_cast<std::size_t>(shot - shots.begin) * born_->traces_size());
  add_noise(sample, traces, noise_factor);
  return traces;
}

std::vector<float> Experiment::draw_noise(std::int64_t sample, int shot) const {
  std::vector<float> noise = noise_.draw(seed_, sample, shot, acquisition_.n_receivers(), acquisition_.n_samples);
  mute_absent(acquisition_, shot, noise.data());
  return noise;
}

void Experiment::add_noise(std::int64_t sample, std::vector<float>& traces, double factor) const {
  const WorkRange shots = teams_.shots();
  auto value = traces.begin();
  for (auto shot = shots.begin; shot < shots.end; ++shot)
    for (const float noise : draw_noise(sample, static_cast<int>(shot))) *value++ += static_cast<float>(factor * noise);
}

std::vector<float> Experiment::summary(const std::vector<float>& traces) {
  const std::size_t traces_size = born_->traces_size();
  const WorkRange shots = teams_.shots();
  OrderedSum sum(born_->n_shots(), image_size());
  std::vector<float> migrated(image_size());
  for (auto shot = shots.begin; shot < shots.end; ++shot) {
    born_->born_adjoint(static_cast<int>(shot), 1,
                        traces.data() + static_cast<std::size_t>(shot - shots.begin) * traces_size, migrated.data());
    sum.add(shot, migrated.data());
  }
  return scaled(sum.total(teams_.team()));
}

}  // namespace bornflow
