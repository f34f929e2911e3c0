#include "src/app/refine/rosenbrock_race.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bornflow/inference/methods/variational_inference.hpp"
#include "bornflow/inference/numerics/quadrature.hpp"
#include "src/app/refine/known_problems.hpp"

namespace bornflow {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Below this the samples by which a divergence is estimated tell nothing.
constexpr double least_divergence = 1e-5;

// 2, 3, 4, 6, 8, 12 ..., and all.
std::vector<int> lengths(int all) {
  std::vector<int> result = {0};
  for (int power = 2; power < all; power *= 2)
    for (int length : {power, power + power / 2})
      if (4 * length <= 3 * all) result.push_back(length);
  result.push_back(all);
  return result;
}

class Contest {
public:
  Contest(const RunContext& run, int number, const Batch& monitor)
      : run_(run), problem_(make_rosenbrock(run.config, number)), likelihood_(problem_.likelihood()),
        target_(likelihood_, problem_.prior, problem_.observed), monitor_(monitor),
        log_evidence_(integrate_plane(target_, rosenbrock_plane).log_normaliser) {}

  /// The divergence after so many updates from this start.
  double after(int updates, const VectorFlowAdapter& start) {
    const auto flow = make_adapter(run_.config, 2, 2, 0);
    flow->copy_density(start);
    if (updates > 0) {
      VariationalOptions options;
      options.schedule = make_whole_inference_schedule(run_.config, 1);
      options.latents = updates * options.schedule.batch;
      options.gradient = gradient_of(run_.config.refine);
      fit_posterior(*flow, target_, problem_.observed, options, [](int) {});
    }
    return divergence(*flow, target_, problem_.observed, monitor_, log_evidence_);
  }

private:
  const RunContext& run_;
  RosenbrockProblem problem_;
  LinearLikelihood likelihood_;
  PosteriorDensity target_;
  const Batch& monitor_;
  double log_evidence_;
};

double updates_to(double limit, const std::vector<int>& updates, const std::vector<double>& divergences) {
  for (std::size_t i = 0; i < divergences.size() && std::isfinite(divergences[i]); ++i) {
    if (divergences[i] > limit) continue;
    if (i == 0) return 0;
    const double before = std::log(divergences[i - 1]), now = std::log(std::max(divergences[i], least_divergence)),
                 wanted = std::log(std::max(limit, least_divergence));
    if (!(before > now)) return updates[i];
    return updates[i - 1] + (updates[i] - updates[i - 1]) * std::min(1.0, (before - wanted) / (before - now));
  }
  return infinity;
}

}  // namespace

std::vector<Race::Needed> Race::to_limit(double limit) const {
  std::vector<Needed> needed;
  for (const RaceResult& r : operators)
    needed.push_back({updates_to(limit, updates, r.preconditioned), updates_to(limit, updates, r.scratch)});
  return needed;
}

std::vector<Race::Needed> Race::to_end_of_scratch() const {
  std::vector<Needed> needed;
  for (const RaceResult& r : operators)
    needed.push_back({updates_to(r.scratch.back(), updates, r.preconditioned), double(updates.back())});
  return needed;
}

Race race_on_operators(const RunContext& run, const VectorFlowAdapter& low_fidelity, double limit,
                       const Batch& monitor) {
  const RefineSection& refine = run.config.refine;
  Race race;
  race.updates = lengths(static_cast<int>(
      updates(make_whole_inference_schedule(run.config, refine.scratch_epochs), refine.latents)));
  const auto fresh = make_fresh_adapter(run.config);
  const auto compare = [&](int number) {
    Contest contest(run, number, monitor);
    RaceResult result;
    for (int length : race.updates) result.scratch.push_back(contest.after(length, *fresh));
    bool arrived = false;
    for (int length : race.updates) {
      result.preconditioned.push_back(arrived ? std::nan("") : contest.after(length, low_fidelity));
      arrived = arrived || result.preconditioned.back() <= std::min(limit, result.scratch.back());
    }
    return result;
  };
  race.operators.resize(refine.operators);
  const Communicator& world = run.world();
  for (int number = world.rank(); number < refine.operators; number += world.size())
    race.operators[number] = compare(number);
  for (int number = 0; number < refine.operators; ++number) {
    world.broadcast(race.operators[number].scratch, number % world.size());
    world.broadcast(race.operators[number].preconditioned, number % world.size());
  }
  return race;
}

std::vector<double> ratios(const std::vector<Race::Needed>& needed, int all_updates) {
  std::vector<double> result;
  for (const Race::Needed& n : needed)
    result.push_back(std::min<double>(n.scratch, all_updates) / std::max(1.0, n.preconditioned));
  std::sort(result.begin(), result.end());
  return result;
}

double quantile(const std::vector<double>& ascending, double part) {
  const double place = part * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

}  // namespace bornflow
