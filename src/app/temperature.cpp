#include "src/app/temperature.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bornflow/inference/posterior_calibration.hpp"
#include "bornflow/report/number.hpp"
#include "flows/posterior/posterior_sampler.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

constexpr double fitted_level = 0.8;
constexpr int samples_for_fit = 64;
constexpr double lowest = 0.5, highest = 2.0;

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
  const Hdf5File file = Hdf5File::open(require_product(Product::pairs, run, "pairs"));
  file.read_rows("/x", pairs.first, pairs.count, pairs.x.data());
  file.read_rows("/summary", pairs.first, pairs.count, pairs.summary.data());
  return pairs;
}

double coverage_at(double temperature, const RunContext& run, LoadedFlow& flow, const ValidationPairs& pairs) {
  const RunConfig& config = run.config;
  const std::size_t pixels = static_cast<std::size_t>(config.grid.nz) * config.grid.nx;
  const auto mask = below_water(config.grid.nz, config.grid.nx, config.model.water_rows);
  PosteriorSampler sampler(flow, run.seed(), config.model.water_rows, config.posterior.batch, temperature);
  CoverageCounter coverage(samples_for_fit, {fitted_level});
  for (std::int64_t i = 0; i < pairs.count; ++i) {
    const auto row = [&](const std::vector<float>& all) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * pixels);
      return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(pixels));
    };
    coverage.add(sampler.draw(pairs.first + i, row(pairs.summary), 0, samples_for_fit).data(), row(pairs.x), mask);
  }
  coverage.sum_over(run.world());
  return coverage.empirical()[0];
}

}  // namespace

double sampling_temperature(const RunContext& run, LoadedFlow& flow) {
  if (run.config.posterior.temperature > 0) return run.config.posterior.temperature;
  ScopedTimer timer(run.timers, "temperature");
  const ValidationPairs pairs = read_share(run, static_cast<std::size_t>(run.config.grid.nz) * run.config.grid.nx);
  // Coverage grows with the temperature, so halving the interval finds the crossing. The same latent draws serve every
  // temperature, so nothing jumps.
  double low = lowest, high = highest;
  for (int step = 0; step < 7; ++step) {
    const double middle = std::sqrt(low * high);
    (coverage_at(middle, run, flow, pairs) < fitted_level ? low : high) = middle;
  }
  const double temperature = std::sqrt(low * high);
  if (low == lowest || high == highest)
    run.log.warn("no temperature from " + format_significant(lowest) + " to " + format_significant(highest) +
                 " gives the intervals of the validation pairs their level: the flow is not calibrated");
  run.log.line("temperature of the latent draws, fitted on " + std::to_string(run.config.train.validation) +
               " validation pairs: " + format_significant(temperature, 3));
  return temperature;
}

}  // namespace bornflow
