#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bornflow/grid/grid.hpp"
#include "bornflow/inference/priors/prior.hpp"
#include "solvers/acoustic/born_operator.hpp"
#include "solvers/survey/noise.hpp"
#include "src/app/run_context.hpp"
#include "src/app/waves/experiment_setup.hpp"
#include "src/app/waves/shot_teams.hpp"

namespace bornflow {

/// The imaging experiment that the parameters describe: the linearised operator d = J M dm + noise over all shots, with
/// M the mute of the water rows, and the summary (the score at the background, scaled) that the flow is conditioned on.
///
/// Images are (nz, nx) or (nz, ny, nx) in s2/km2. Shots are shared out over the ranks of `teams.team()`; every sum over shots has the
/// same bits for any number of ranks.
class Experiment {
public:
  /// Builds the operator and, collectively over `teams.team()`, the noise level.
  Experiment(const RunContext& run, const ShotTeams& teams);

  const Grid& grid() const { return grid_; }
  const BackgroundModel& background() const { return background_; }
  const Acquisition& acquisition() const { return acquisition_; }
  /// Image `index` of the prior times a log-normal amplitude about [prior] amplitude [s2/km2]. Without a spread all images
  /// would have the same energy, which no data tell and no continuous density can know. In 3-D it does not change along y.
  std::vector<float> draw_image(std::int64_t index) const { return draw_image(*prior_, index); }
  /// The same of another prior.
  std::vector<float> draw_image(const Prior& prior, std::int64_t index) const;
  const NoiseModel& noise() const { return noise_; }
  const ShotTeams& teams() const { return teams_; }
  /// This rank is the one that writes its shots: other teams, and the other ranks of its domain, hold the same.
  bool writes_shots() const { return writes_; }
  BornOperator<float>& born() { return *born_; }
  std::size_t image_size() const { return grid_.size(); }
  std::size_t traces_size() const { return born_->traces_size(); }   ///< of one shot

  /// Summaries of `count` images from simulated data, in two parts that add up: J' (J dm) and J' noise, each divided by the
  /// number of pairs of a source and a receiver, so that their size does not depend on the number of shots and traces. Image i has
  /// the noise of sample `first_sample + i`. Arrays are (count, nz, nx). Collective over the team.
  struct Summaries {
    std::vector<float> signal, noise;
  };
  Summaries simulate_summaries(std::int64_t first_sample, int count, const std::vector<float>& images);

  /// Noisy Born data of one image, this rank's shots, (n_shots, n_receivers, n_samples).
  std::vector<float> simulate_born_data(std::int64_t sample, const std::vector<float>& image, double noise_factor = 1);

  /// The noise of one shot of `sample`, (n_receivers, n_samples).
  std::vector<float> draw_noise(std::int64_t sample, int shot) const;

  /// Adds the noise of `sample`, times the factor, to this rank's shots.
  void add_noise(std::int64_t sample, std::vector<float>& traces, double factor = 1) const;

  /// The summary (or migrated image) of the data of this rank's shots. Collective over the team.
  std::vector<float> summary(const std::vector<float>& traces);

  /// What the work on the data has cost the team; without the noise level, which is part of the set-up. Collective over it.
  SolveLedger solves() const;

private:
  std::vector<float> along_y(const std::vector<float>& section) const;
  double measure_noise_sigma(const RunContext& run);
  std::vector<float> scaled(const std::vector<double>& image) const;

  const ShotTeams& teams_;
  bool writes_;
  std::uint64_t seed_;
  double amplitude_, amplitude_spread_;
  Grid grid_;
  BackgroundModel background_;
  Acquisition acquisition_;
  std::unique_ptr<Prior> prior_;
  std::unique_ptr<BornOperator<float>> born_;
  NoiseModel noise_;
  SolveLedger noise_level_solves_;   // of this rank
};

}  // namespace bornflow
