#include "bornflow/inference/methods/rejection_sampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "bornflow/base/error.hpp"
#include "bornflow/report/number.hpp"

namespace bornflow {

namespace {

// Draws that a rank simulates at once; block b belongs to rank b modulo the number of ranks.
constexpr std::int64_t block_size = 4096;

struct Candidate {
  double squared_distance;
  std::int64_t number;
  bool operator<(const Candidate& other) const {
    return std::tie(squared_distance, number) < std::tie(other.squared_distance, other.number);
  }
};

/// The nearest draws so far. Which of two equally near ones stays depends on their numbers alone.
class Nearest {
public:
  explicit Nearest(int keep) : keep_(static_cast<std::size_t>(keep)) {}
  void offer(const Candidate& candidate) {
    if (!(candidate < limit_)) return;
    candidates_.push_back(candidate);
    if (candidates_.size() >= 2 * keep_ + 64) shrink();
  }
  void shrink() {
    if (candidates_.size() <= keep_) return;
    std::nth_element(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(keep_ - 1), candidates_.end());
    candidates_.resize(keep_);
    limit_ = candidates_.back();
  }
  const std::vector<Candidate>& candidates() const { return candidates_; }

private:
  std::size_t keep_;
  std::vector<Candidate> candidates_;
  Candidate limit_{std::numeric_limits<double>::infinity(), std::numeric_limits<std::int64_t>::max()};
};

std::vector<Nearest> search(const InverseProblem& problem, const Batch& observed, const RejectionOptions& options,
                            const Communicator& comm) {
  std::vector<Nearest> nearest(observed.count, Nearest(options.keep));
  const std::int64_t blocks = (options.draws + block_size - 1) / block_size;
  for (std::int64_t b = comm.rank(); b < blocks; b += comm.size()) {
    const std::int64_t begin = b * block_size, count = std::min(block_size, options.draws - begin);
    const Batch y = in_units(draw_pairs(problem, static_cast<int>(count), options.seed,
                                        options.first + static_cast<std::uint64_t>(begin)).y, options.units);
    for (int o = 0; o < observed.count; ++o)
      for (int i = 0; i < y.count; ++i) {
        double sum = 0;
        for (int c = 0; c < y.size; ++c) sum += (y.row(i)[c] - observed.row(o)[c]) * (y.row(i)[c] - observed.row(o)[c]);
        nearest[o].offer({sum, begin + i});
      }
  }
  for (Nearest& n : nearest) n.shrink();
  return nearest;
}

/// The nearest of all ranks, on every rank.
std::vector<Candidate> merge(const Nearest& mine, int keep, const Communicator& comm) {
  std::vector<double> distances, numbers;   // a double holds every number of a draw below 2^53
  for (const Candidate& c : mine.candidates())
    distances.push_back(c.squared_distance), numbers.push_back(static_cast<double>(c.number));
  distances = comm.concatenate(distances);
  numbers = comm.concatenate(numbers);
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < numbers.size(); ++i) all.push_back({distances[i], static_cast<std::int64_t>(numbers[i])});
  std::sort(all.begin(), all.end());
  if (all.size() > static_cast<std::size_t>(keep)) all.resize(keep);
  return all;
}

void apply_tolerance(std::vector<Candidate>& all, int observation, const RejectionOptions& options) {
  if (options.tolerance <= 0) return;
  const double nearest = std::sqrt(all.front().squared_distance), limit = options.tolerance * options.tolerance;
  all.erase(std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.squared_distance > limit; }), all.end());
  if (all.size() < 2)
    throw UserError("[abc] tolerance = " + format_significant(options.tolerance) + " keeps " + std::to_string(all.size()) +
                    " of " +
                    std::to_string(options.draws) + " draws for observation " + std::to_string(observation) + " and needs two" +
                    ": the nearest is at " + format_significant(nearest) +
                    ". Choose a larger tolerance, 0 for the nearest ones, or more draws.");
}

}  // namespace

std::vector<RejectionPosterior> rejection_sampling(const InverseProblem& problem, const Batch& observed,
                                                   const RejectionOptions& options, const Communicator& comm) {
  BORNFLOW_REQUIRE(options.keep >= 1 && options.draws >= options.keep, "more samples than draws");
  const std::vector<Nearest> nearest = search(problem, in_units(observed, options.units), options, comm);
  std::vector<RejectionPosterior> posteriors;
  for (int o = 0; o < observed.count; ++o) {
    std::vector<Candidate> all = merge(nearest[o], options.keep, comm);
    apply_tolerance(all, o, options);
    RejectionPosterior posterior;
    posterior.tolerance = std::sqrt(all.back().squared_distance);
    posterior.samples = Batch(static_cast<int>(all.size()), problem.model_size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      RandomStream prior(options.seed, Purpose::prior, options.first + static_cast<std::uint64_t>(all[i].number));
      problem.draw(prior, posterior.samples.row(static_cast<int>(i)));
    }
    posteriors.push_back(std::move(posterior));
  }
  return posteriors;
}

}  // namespace bornflow
