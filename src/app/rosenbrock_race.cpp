#include "src/app/rosenbrock_race.hpp"

#include <algorithm>

#include "bornflow/inference/quadrature.hpp"
#include "bornflow/inference/variational_inference.hpp"
#include "src/app/known_problems.hpp"

namespace bornflow {

namespace {

// Updates until the flow has arrived, and how far it was before the first.
int updates_to_arrive(const RunContext& run, TrainableFlow& flow, const RosenbrockProblem& problem, double log_evidence,
                      double limit, const Batch& monitor, double* divergence_before) {
  LinearLikelihood likelihood = problem.likelihood();
  const PosteriorDensity target(likelihood, problem.prior, problem.observed);
  const RefineSection& refine = run.config.refine;
  VariationalOptions options;
  options.schedule = make_inference_schedule(run.config, std::max(refine.preconditioned_epochs, refine.scratch_epochs));
  options.latents = refine.latents;
  options.fresh_latents = refine.fresh_latents;
  int arrived = -1;
  fit_posterior(flow, target, problem.observed, options, [&](int update) {
    if (arrived >= 0) return;
    const double divergence = variational_bound(flow, target, problem.observed, monitor).negative_elbo + log_evidence;
    if (update == 0 && divergence_before) *divergence_before = divergence;
    if (divergence <= limit) arrived = update;
  });
  return arrived;
}

}  // namespace

std::vector<RaceResult> race_on_operators(const RunContext& run, const VectorFlowAdapter& low_fidelity, double limit,
                                          const Batch& monitor) {
  std::vector<RaceResult> results;
  for (int number = 0; number < run.config.refine.operators; ++number) {
    const RosenbrockProblem problem = make_rosenbrock(run.config, number);
    LinearLikelihood checking = problem.likelihood();
    const double log_evidence =
        integrate_plane(PosteriorDensity(checking, problem.prior, problem.observed), rosenbrock_plane).log_normaliser;
    RaceResult result;
    const auto warm = make_adapter(run.config, 2, 2, 0), cold = make_fresh_adapter(run.config);
    warm->copy_density(low_fidelity);
    result.preconditioned = updates_to_arrive(run, *warm, problem, log_evidence, limit, monitor, &result.divergence);
    result.scratch = updates_to_arrive(run, *cold, problem, log_evidence, limit, monitor, nullptr);
    results.push_back(result);
  }
  return results;
}

double median_ratio(const std::vector<RaceResult>& results, int updates) {
  std::vector<double> ratios;
  for (const RaceResult& r : results)
    ratios.push_back(static_cast<double>(r.scratch < 0 ? updates : r.scratch) /
                     std::max(1, r.preconditioned < 0 ? updates : r.preconditioned));
  std::sort(ratios.begin(), ratios.end());
  const std::size_t half = ratios.size() / 2;
  return ratios.size() % 2 == 1 ? ratios[half] : 0.5 * (ratios[half - 1] + ratios[half]);
}

}  // namespace bornflow
