#include "src/app/posterior/sampling_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bornflow/inference/diagnostics/held_out_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/parallel/work.hpp"
#include "bornflow/report/number.hpp"
#include "src/app/posterior/fitted_sampling.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

constexpr double fitted_level = 0.8;
constexpr int samples_for_fit = 64, most_rounds = 12;
constexpr double settled = 0.01;               // relative change of intervals and amplitudes
constexpr double lowest = 0.5, highest = 2.0;  // temperatures
constexpr int fewest_for_gain = 16;            // images: its three numbers from fewer would be noise

struct ValidationPairs {
  std::int64_t first = 0;            // row of pairs.h5 that the first of this rank is
  std::int64_t count = 0;
  std::vector<float> x, summary;
};

// The last [train] validation of the training pairs, as PairDataset keeps them apart; each rank reads its share.
ValidationPairs read_share(const RunContext& run, std::size_t pixels) {
  const WorkRange mine = contiguous_share(run.config.train.validation, run.world().rank(), run.world().size());
  ValidationPairs pairs;
  pairs.first = run.config.pairs.train - run.config.train.validation + mine.begin;
  pairs.count = mine.size();
  pairs.x.resize(static_cast<std::size_t>(mine.size()) * pixels);
  pairs.summary.resize(pairs.x.size());
  const Hdf5File file = Hdf5File::open(require_product(Product::pairs, run));
  file.read_rows("/x", pairs.first, pairs.count, pairs.x.data());
  file.read_rows("/summary", pairs.first, pairs.count, pairs.summary.data());
  return pairs;
}

// What the samples of all validation pairs miss; the same on all ranks.
struct Shortfall {
  double stretch = 1;  // factor on the pixels' intervals
  AmplitudeError amplitude;
};

Shortfall shortfall_of(const SamplingCalibration& calibration, const RunContext& run, LoadedFlow& flow,
                       const ValidationPairs& pairs) {
  const RunConfig& config = run.config;
  const std::size_t pixels = static_cast<std::size_t>(config.grid.nz) * config.grid.nx;
  const auto mask = below_water(config.grid.nz, config.grid.nx, config.model.water_rows);
  PosteriorSampler sampler(flow, run.seed(), config.model.water_rows, config.posterior.batch, calibration);
  IntervalStretch stretch(samples_for_fit, fitted_level);
  std::vector<double> amplitudes;  // three numbers an image
  for (std::int64_t i = 0; i < pairs.count; ++i) {
    const auto row = [&](const std::vector<float>& all) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * pixels);
      return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(pixels));
    };
    const std::vector<float> summary = row(pairs.summary);
    std::vector<float> truth = row(pairs.x), samples = sampler.draw(pairs.first + i, summary, 0, samples_for_fit);
    stretch.add(samples.data(), truth, mask);
    // The gain acts across the summary alone.
    remove_along(summary, mask, truth.data());
    for (int s = 0; s < samples_for_fit; ++s)
      remove_along(summary, mask, samples.data() + static_cast<std::size_t>(s) * pixels);
    const auto a = held_out_amplitude(sampler.log_strength(summary), samples.data(), samples_for_fit, truth, mask);
    amplitudes.insert(amplitudes.end(), {a.log_strength, a.excess, a.variance});
  }
  amplitudes = run.world().concatenate(amplitudes);
  std::vector<HeldOutAmplitude> images;
  for (std::size_t i = 0; i < amplitudes.size(); i += 3)
    images.push_back({amplitudes[i], amplitudes[i + 1], amplitudes[i + 2]});
  Shortfall result;
  result.stretch = stretch_for(run.world().concatenate(stretch.distances()), fitted_level);
  if (static_cast<int>(images.size()) >= fewest_for_gain) result.amplitude = fit_amplitude_error(images);
  return result;
}

FittedSampling fit_sampling(const RunContext& run, LoadedFlow& flow) {
  ScopedTimer timer(run.timers, "calibration");
  const ValidationPairs pairs = read_share(run, static_cast<std::size_t>(run.config.grid.nz) * run.config.grid.nx);
  // Temperature and gain both widen intervals and raise amplitudes, so that correcting each by all that is missing
  // overshoots by nearly as much. From the second round on each takes half of it, which settles in a few rounds. The same
  // latent draws serve every round, so nothing jumps.
  SamplingCalibration calibration;
  bool is_settled = false;
  for (int round = 0; round < most_rounds; ++round) {
    const Shortfall missing = shortfall_of(calibration, run, flow, pairs);
    const AmplitudeError& amplitude = missing.amplitude;
    const double spread = std::sqrt(
        std::max(0.0, calibration.log_gain_spread * calibration.log_gain_spread + amplitude.unexplained_variance));
    is_settled = std::abs(std::log(missing.stretch)) < settled && std::abs(amplitude.offset) < settled &&
                 std::abs(spread - calibration.log_gain_spread) < settled;
    if (is_settled) break;
    const double part = round == 0 ? 1.0 : 0.5;
    calibration.temperature = std::clamp(calibration.temperature * std::pow(missing.stretch, part), lowest, highest);
    calibration.log_gain += part * amplitude.offset;
    calibration.log_gain_slope += part * amplitude.slope;
    calibration.log_gain_spread += part * (spread - calibration.log_gain_spread);
  }
  FittedSampling fitted{calibration, ""};
  if (calibration.temperature == lowest || calibration.temperature == highest)
    fitted.shortcoming = "no temperature from " + format_significant(lowest) + " to " + format_significant(highest) +
                         " gives the intervals of the validation pairs their level: more [pairs] train, or fewer [train] epochs";
  else if (!is_settled)
    fitted.shortcoming = "temperature and gain of the samples have not settled in " + std::to_string(most_rounds) +
                         " rounds: more [train] validation pairs, or a [posterior] temperature of your own, which fits nothing";
  return fitted;
}

/// "log gain 0.213 - 0.256 log strength".
std::string gain_text(const SamplingCalibration& calibration) {
  const double slope = calibration.log_gain_slope;
  return "log gain " + format_significant(calibration.log_gain, 3) + (slope < 0 ? " - " : " + ") + format_significant(std::abs(slope), 3) +
         " log strength";
}

}  // namespace

SamplingCalibration calibrate_sampling(const RunContext& run, LoadedFlow& flow) {
  if (run.config.posterior.temperature > 0) {
    SamplingCalibration as_trained;
    as_trained.temperature = run.config.posterior.temperature;
    return as_trained;
  }
  const FittedSampling fitted = fit_sampling_once(run, [&] { return fit_sampling(run, flow); });
  if (!fitted.shortcoming.empty()) run.log.warn("the samples are not calibrated: " + fitted.shortcoming);
  const SamplingCalibration& calibration = fitted.calibration;
  run.log.line("sampling, fitted on " + std::to_string(run.config.train.validation) + " validation pairs: temperature " +
               format_significant(calibration.temperature, 3) + ", " + gain_text(calibration) + ", spread " +
               format_significant(calibration.log_gain_spread, 3));
  return calibration;
}

void write_calibration(Hdf5File& file, const SamplingCalibration& calibration) {
  file.write_attribute("/", "temperature", calibration.temperature);
  file.write_attribute("/", "log_gain", calibration.log_gain);
  file.write_attribute("/", "log_gain_slope", calibration.log_gain_slope);
  file.write_attribute("/", "log_gain_spread", calibration.log_gain_spread);
}

SamplingCalibration read_calibration(const Hdf5File& file) {
  SamplingCalibration calibration;
  calibration.temperature = file.number_attribute("/", "temperature");
  calibration.log_gain = file.number_attribute("/", "log_gain");
  calibration.log_gain_slope = file.number_attribute("/", "log_gain_slope");
  calibration.log_gain_spread = file.number_attribute("/", "log_gain_spread");
  return calibration;
}

}  // namespace bornflow
