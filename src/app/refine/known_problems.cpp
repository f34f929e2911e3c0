#include "src/app/refine/known_problems.hpp"

#include <algorithm>

#include "flows/training/learning_rate.hpp"

namespace bornflow {

namespace {

// The data that are observed have a noise that no training pair has.
constexpr std::uint64_t observed_item = std::uint64_t{1} << 40;

// A = (G + shift I) / |G + shift I|: a random matrix, not far from the identity for a large shift.
DenseMatrix random_operator(double shift, std::uint64_t seed, int number) {
  const Batch normal = normal_batch(1, 4, seed, Purpose::encoding, observed_item + static_cast<std::uint64_t>(number));
  DenseMatrix a(2, 2);
  a.values = normal.values;
  a(0, 0) += shift, a(1, 1) += shift;
  const double norm = spectral_norm(a);
  for (double& value : a.values) value /= norm;
  return a;
}

LearningRateSchedule schedule_of(const TrainSection& train) {
  return train.schedule == "cosine" ? LearningRateSchedule::cosine : LearningRateSchedule::constant;
}

}  // namespace

RosenbrockProblem make_rosenbrock(const RunConfig& config, int number) {
  const RosenbrockSection& section = config.rosenbrock;
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  RosenbrockProblem problem{RosenbrockDensity(section.mean, section.a, section.b),
                            section.forward_operator == "identity" ? DenseMatrix::identity(2)
                                                                   : random_operator(section.operator_shift, seed, number),
                            section.noise, section.truth, {}};
  problem.observed = section.noisy_data
                         ? problem.likelihood().simulate(Batch(section.truth), seed, observed_item + number).values
                         : apply(problem.forward_operator, section.truth.data());
  return problem;
}

LinearGaussianProblem make_linear_gaussian(const RunConfig& config) {
  const LinearGaussianSection& section = config.linear_gaussian;
  return {GaussianDensity(std::vector<double>(section.size),
                          smooth_covariance(section.size, section.correlation_length, section.nugget)),
          random_matrix_with_decay(section.data_size, section.size, section.smallest_singular_value,
                                   static_cast<std::uint64_t>(config.run.seed)),
          section.noise};
}

int condition_size(const RunConfig& config) {
  return config.problem.kind == "rosenbrock" ? 2 : 2 * config.linear_gaussian.size;
}

VectorFlowArchitecture make_vector_architecture(const RunConfig& config, int size, int condition_size) {
  VectorFlowArchitecture architecture;
  architecture.network = config.flow.network;
  architecture.size = size;
  architecture.condition_size = condition_size;
  architecture.hidden = config.flow.hidden;
  architecture.depth = config.flow.depth;
  architecture.clamp = config.flow.clamp;
  architecture.final_relu = config.flow.final_relu;
  return architecture;
}

std::unique_ptr<VectorFlowAdapter> make_adapter(const RunConfig& config, int size, int condition_size, int number) {
  VectorFlowAdapter::Options options;
  options.architecture = make_vector_architecture(config, size, condition_size);
  options.adam.weight_decay = config.train.weight_decay;
  options.clip_norm = config.train.clip_norm;
  options.seed = static_cast<std::uint64_t>(config.run.seed) + static_cast<std::uint64_t>(number);
  return std::make_unique<VectorFlowAdapter>(options);
}

std::unique_ptr<VectorFlowAdapter> make_fresh_adapter(const RunConfig& config) {
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  auto fresh = make_adapter(config, 2, 2, 0);
  fresh->initialise(normal_batch(config.train.batch, 2, seed, Purpose::test, 0),
                    normal_batch(config.train.batch, 2, seed, Purpose::test, 1000000));
  return fresh;
}

TrainingSchedule make_schedule(const RunConfig& config, int epochs) {
  const TrainSection train = config.train;
  TrainingSchedule schedule;
  schedule.epochs = epochs;
  schedule.batch = train.batch;
  schedule.seed = static_cast<std::uint64_t>(config.run.seed);
  schedule.learning_rate = [train](std::int64_t step, std::int64_t steps) {
    return LearningRate{train.learning_rate, schedule_of(train), train.warmup_steps, steps}.at(step);
  };
  return schedule;
}

TrainingSchedule make_inference_schedule(const RunConfig& config, int epochs) {
  const RefineSection& refine = config.refine;
  const int longest = std::max(refine.preconditioned_epochs, refine.scratch_epochs);
  TrainingSchedule schedule = make_whole_inference_schedule(config, epochs);
  const std::int64_t steps = std::int64_t{longest} * (updates(schedule, refine.latents) / epochs);
  const auto rate = schedule.learning_rate;
  schedule.learning_rate = [rate, steps](std::int64_t step, std::int64_t) { return rate(step, steps); };
  return schedule;
}

TrainingSchedule make_whole_inference_schedule(const RunConfig& config, int epochs) {
  const RefineSection& refine = config.refine;
  const TrainSection train = config.train;
  TrainingSchedule schedule = make_schedule(config, epochs);
  if (refine.batch > 0) schedule.batch = refine.batch;
  const double peak = refine.learning_rate > 0 ? refine.learning_rate : train.learning_rate;
  schedule.learning_rate = [peak, train](std::int64_t step, std::int64_t steps) {
    return LearningRate{peak, schedule_of(train), train.warmup_steps, steps}.at(step);
  };
  return schedule;
}

VariationalGradient gradient_of(const RefineSection& refine) {
  return refine.gradient == "path" ? VariationalGradient::path : VariationalGradient::total;
}

}  // namespace bornflow
