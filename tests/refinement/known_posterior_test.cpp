#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"
#include "bornflow/inference/methods/amortized_training.hpp"
#include "bornflow/inference/methods/aspire.hpp"
#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/inference/numerics/quadrature.hpp"
#include "bornflow/inference/problems/linear_gaussian.hpp"
#include "bornflow/inference/problems/rosenbrock_density.hpp"
#include "src/app/adapters/vector_flow_adapter.hpp"

// Whole methods with real flows, on problems whose posterior is known. Seeds are fixed.
namespace bornflow {

namespace {

TrainingSchedule falling(int epochs, int batch, double peak) {
  TrainingSchedule s;
  s.epochs = epochs;
  s.batch = batch;
  s.learning_rate = [peak](std::int64_t step, std::int64_t steps) {
    return peak * 0.5 * (1 + std::cos(std::acos(-1.0) * static_cast<double>(step) / static_cast<double>(steps)));
  };
  return s;
}

VectorFlowAdapter::Options network(const char* kind, int size, int condition_size, int hidden, int depth) {
  VectorFlowAdapter::Options options;
  options.architecture = {kind, size, condition_size, hidden, depth, 2.0, false};
  options.clip_norm = 10;
  return options;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), size += b[i] * b[i];
  return std::sqrt(difference / size);
}

}  // namespace

// The unit case: A = I, y = (2, 4), whose low-fidelity problem is the problem itself. Then the operator is turned by 15
// degrees, so that what the flow has learnt is wrong and has to be refined.
class PreconditionedInference : public ::testing::Test {
protected:
  const RosenbrockDensity prior{0, 0.5, 1};
  const std::vector<double> y = {2, 4};
  const Batch monitor = normal_batch(1000, 2, 1, Purpose::validation);

  std::unique_ptr<VectorFlowAdapter> low_fidelity_flow() const {
    auto flow = std::make_unique<VectorFlowAdapter>(network("hint", 2, 2, 32, 6));
    LinearLikelihood likelihood(DenseMatrix::identity(2), 0.4);
    const Batch x = prior.sample(3000, 1, 0), data = likelihood.simulate(x, 1, 0);
    flow->initialise(x, data);
    train_on_pairs(*flow, x, data, falling(12, 64, 2e-3));
    return flow;
  }
  std::unique_ptr<VectorFlowAdapter> fresh_flow() const {
    auto flow = std::make_unique<VectorFlowAdapter>(network("hint", 2, 2, 32, 6));
    flow->initialise(normal_batch(64, 2, 1, Purpose::test), normal_batch(64, 2, 2, Purpose::test));
    return flow;
  }
  static LinearLikelihood turned() {
    const double angle = std::acos(-1.0) / 12;
    DenseMatrix a(2, 2);
    a.values = {std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)};
    return LinearLikelihood(a, 0.4);
  }
  // Updates until the divergence from the exact posterior is below `limit`; the number of all when it never is.
  int updates_to(double limit, VectorFlowAdapter& flow, const PosteriorDensity& target, const PosteriorDensity& checked,
                 double log_evidence, int epochs) const {
    VariationalOptions options;
    options.schedule = falling(epochs, 64, 1e-3);
    int needed = -1;
    const auto objective = fit_posterior(flow, target, y, options, [&](int update) {
      if (needed < 0 && variational_bound(flow, checked, y, monitor).negative_elbo + log_evidence < limit) needed = update;
    });
    return needed < 0 ? static_cast<int>(objective.size()) : needed;
  }
};

TEST_F(PreconditionedInference, reaches_the_posterior_of_the_unit_case) {
  LinearLikelihood likelihood(DenseMatrix::identity(2), 0.4);
  const PosteriorDensity target(likelihood, prior, y);
  const PlaneMoments exact = integrate_plane(target, {{-8, -15}, {8, 65}});
  const auto flow = low_fidelity_flow();
  updates_to(0, *flow, target, target, exact.log_normaliser, 5);

  // 20000 samples: a mean is known to 0.1 % of x here, a standard deviation to 0.5 %, far below what is asked.
  const Batch z = normal_batch(20000, 2, 3, Purpose::validation);
  const VariationalBound bound = variational_bound(*flow, target, y, z);
  EXPECT_NEAR(bound.negative_elbo, -exact.log_normaliser, 0.1);
  EXPECT_NEAR(bound.log_evidence, exact.log_normaliser, 0.05);
  const Batch samples = flow->sample(z, Batch(y));
  const std::vector<double> mean = column_means(samples), covariance = column_covariance(samples);
  for (int c = 0; c < 2; ++c) {
    EXPECT_NEAR(mean[c], exact.mean[c], 0.03 * exact.mean[c]);
    EXPECT_NEAR(std::sqrt(covariance[3 * c]), exact.standard_deviation[c], 0.1 * exact.standard_deviation[c]);
  }
}

TEST_F(PreconditionedInference, needs_fewer_updates_than_from_scratch) {
  LinearLikelihood likelihood = turned(), checking = turned();
  const PosteriorDensity target(likelihood, prior, y), checked(checking, prior, y);
  const double log_evidence = integrate_plane(checked, {{-8, -15}, {8, 65}}).log_normaliser;
  const auto warm = low_fidelity_flow(), cold = fresh_flow();
  EXPECT_GT(variational_bound(*warm, checked, y, monitor).negative_elbo + log_evidence, 0.2) << "nothing to refine";
  const int warm_updates = updates_to(0.1, *warm, target, checked, log_evidence, 5);
  EXPECT_EQ(likelihood.ledger().forward, 5 * 1000);
  const int cold_updates = updates_to(0.1, *cold, target, checked, log_evidence, 10);
  EXPECT_EQ(likelihood.ledger().adjoint, 15 * 1000);
  EXPECT_LT(warm_updates, 80) << "never converged";
  EXPECT_GE(cold_updates, 3 * warm_updates) << warm_updates;
}

class AspirePosterior : public ::testing::Test {
protected:
  static constexpr int size = 4, observations = 32;
  const GaussianDensity prior{std::vector<double>(size), smooth_covariance(size, 2, 0.05)};
  const DenseMatrix a = random_matrix_with_decay(3, size, 0.1, 1);

  AspireOptions options(AspireCondition condition) const {
    AspireOptions o;
    o.iterations = 2;
    o.mean_samples = 32;
    o.condition = condition;
    o.schedule = falling(10, 64, 4e-3);
    return o;
  }
  void train(Aspire& aspire) const {
    LinearLikelihood likelihood(a, 0.1);
    const Batch x = prior.sample(10000, 1, Purpose::prior, 0);
    aspire.train(x, likelihood.simulate(x, 1, 0), [](int condition_size, int number) {
      auto made = network("coupling", size, condition_size, 24, 4);
      made.seed = 1 + static_cast<std::uint64_t>(number);
      return std::make_unique<VectorFlowAdapter>(made);
    });
  }
  // Medians over data sets of the errors of mean and covariance, iteration after iteration.
  std::vector<std::array<double, 2>> errors(Aspire& aspire) const {
    LinearLikelihood likelihood(a, 0.1);
    const LinearGaussianPosterior exact(prior, likelihood);
    const Batch y = likelihood.simulate(prior.sample(observations, 2, Purpose::prior, 0), 2, 0);
    std::vector<std::array<double, 2>> result;
    aspire.infer(y, 0, [&](int, TrainableFlow& flow, const Batch& conditions) {
      std::vector<double> means, covariances;
      for (int i = 0; i < observations; ++i) {
        const Batch draws = posterior_draws(flow, rows(conditions, i, 1).values, 4000, 3, i);
        means.push_back(relative_error(column_means(draws), exact.mean(y.row(i))));
        covariances.push_back(relative_error(column_covariance(draws), exact.covariance().values));
      }
      result.push_back({median(means), median(covariances)});
    });
    return result;
  }
};

TEST_F(AspirePosterior, is_near_the_closed_form_and_needs_the_fiducial) {
  LinearLikelihood likelihood(a, 0.1);
  const std::vector<double> zero(size);
  Aspire both(likelihood, zero, options(AspireCondition::score_and_fiducial));
  Aspire alone(likelihood, zero, options(AspireCondition::score));
  train(both), train(alone);
  const auto with_fiducial = errors(both), score_alone = errors(alone);
  for (const auto& [mean, covariance] : with_fiducial) {
    EXPECT_LT(mean, 0.05);
    EXPECT_LT(covariance, 0.15);
  }
  // One common fiducial is no information; one of its own for each data set is all that the vanishing score lacks.
  EXPECT_LT(score_alone[0][0], 0.05);
  EXPECT_GT(score_alone[1][0], 5 * with_fiducial[1][0]);
}

TEST_F(AspirePosterior, is_calibrated) {
  constexpr int runs = 500, draws = 99;
  LinearLikelihood likelihood(a, 0.1);
  Aspire aspire(likelihood, std::vector<double>(size), options(AspireCondition::score_and_fiducial));
  train(aspire);
  const Batch x = prior.sample(runs, 4, Purpose::prior, 0), y = likelihood.simulate(x, 4, 0);
  SimulationBasedCalibration calibration(size, draws);
  const auto row = [](const Batch& b, int i) { return std::vector<double>(b.row(i), b.row(i) + b.size); };
  aspire.infer(y, 0, [&](int iteration, TrainableFlow& flow, const Batch& conditions) {
    if (iteration == 0) return;
    for (int i = 0; i < runs; ++i) {
      const Batch samples = posterior_draws(flow, row(conditions, i), draws, 4, i);
      std::vector<std::vector<double>> drawn;
      for (int s = 0; s < draws; ++s) drawn.push_back(row(samples, s));
      calibration.add(i, row(x, i), drawn);
    }
  });
  EXPECT_GT(calibration.test().combined, 0.01);
  double inside = 0;
  for (int rank : calibration.ranks()) inside += rank >= 5 && rank <= 94 ? 1 : 0;
  EXPECT_NEAR(inside / calibration.ranks().size(), 0.9, 0.03);
}

}  // namespace bornflow
