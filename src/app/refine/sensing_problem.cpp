#include "src/app/refine/sensing_problem.hpp"

#include <algorithm>
#include <cmath>

#include "src/app/posterior/flow_options.hpp"

namespace bornflow {

namespace {
// The observed image and its noise have numbers that no training pair has.
constexpr std::int64_t observed_item = std::int64_t{1} << 40;
}  // namespace

Batch SensingProblem::draw(int count, std::int64_t first) const {
  Batch batch(count, convolution->size());
  for (int i = 0; i < count; ++i) {
    const std::vector<float> image = images.draw(first + i);
    std::copy(image.begin(), image.end(), batch.row(i));
  }
  return batch;
}

SensingProblem make_sensing_problem(const RunConfig& config) {
  const CompressedSensingSection& section = config.compressed_sensing;
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  // Every image has the standard deviation 1: the original experiment whitens each.
  ReflectivityStatistics trained = reflectivity_statistics(section.images);
  ReflectivityStatistics observed = reflectivity_statistics(section.observed_images);
  trained.standard_deviation = observed.standard_deviation = 1;
  if (section.observed_folding > 0) observed.fold_amplitude = section.observed_folding;
  ReflectivityOptions options{section.nz, section.nx, 0, section.images, seed};
  const int size = section.nz * section.nx;
  const int kept = std::max(1, static_cast<int>(std::lround(section.kept * size)));
  SensingProblem problem{std::make_shared<RandomConvolution>(size, kept, seed), section.noise,
                         ReflectivityPrior(options, trained), {}, {}, {}};
  options.mode = section.observed_images;
  const ReflectivityPrior others(options, observed);
  const std::vector<float> image = others.draw(observed_item);
  problem.truth.assign(image.begin(), image.end());
  problem.observed = problem.likelihood().simulate(Batch(problem.truth), seed, observed_item).values;
  problem.description = "training images: " + problem.images.description() + "; observed image: " + others.description();
  return problem;
}

FlowArchitecture make_sensing_architecture(const RunConfig& config) {
  FlowArchitecture architecture = make_architecture(config);
  architecture.nz = config.compressed_sensing.nz;
  architecture.nx = config.compressed_sensing.nx;
  // The noise is as strong in every image, so its strength tells nothing.
  architecture.condition_channels = 1;
  architecture.condition_scalars = 0;
  return architecture;
}

std::unique_ptr<ImageFlowAdapter> make_image_adapter(const RunConfig& config, const Communicator& ranks, int number) {
  ImageFlowAdapter::Options options;
  options.architecture = make_sensing_architecture(config);
  options.training.adam.weight_decay = config.train.weight_decay;
  options.training.clip_norm = config.train.clip_norm;
  options.training.ranks = &ranks;
  options.seed = static_cast<std::uint64_t>(config.run.seed) + static_cast<std::uint64_t>(number);
  return std::make_unique<ImageFlowAdapter>(options);
}

PairRenewal renewed_noise(const RunConfig& config, Batch clean) {
  const TrainingOptions options = make_training_options(config);
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  const double sigma = config.compressed_sensing.noise;
  return [=](int epoch, const std::vector<int>& numbers, Batch& x, Batch& y) {
    const Augmentation due = options.augmentation_at(epoch);
    for (int i = 0; i < x.count; ++i) {
      RandomStream stream(seed, Purpose::augmentation, static_cast<std::uint64_t>(numbers[i]),
                          static_cast<std::uint32_t>(epoch));
      const double sign = due.negate && stream.integer(0, 1) == 1 ? -1 : 1;
      for (int c = 0; c < x.size; ++c) {
        const double noise = due.redraw_noise ? sigma * stream.normal() : y.row(i)[c] - clean.row(numbers[i])[c];
        y.row(i)[c] = sign * clean.row(numbers[i])[c] + noise;
        x.row(i)[c] = sign * x.row(i)[c] + due.x_noise * stream.normal();
      }
    }
  };
}

}  // namespace bornflow
