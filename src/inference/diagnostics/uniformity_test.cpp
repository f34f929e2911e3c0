#include "bornflow/inference/diagnostics/uniformity_test.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {

constexpr int max_points = 100;
constexpr int max_bins = 20;
constexpr int min_expected = 5;  // the usual rule for Pearson's test

// Two-sided tail probability 2 min(P(R <= r), P(R >= r)) of R ~ Binomial(n, p) for r = 0 ... n.
std::vector<double> binomial_tails(int n, double p) {
  std::vector<double> mass(n + 1);
  for (int r = 0; r <= n; ++r)
    mass[r] = std::exp(std::lgamma(n + 1.0) - std::lgamma(r + 1.0) - std::lgamma(n - r + 1.0) + r * std::log(p) +
                       (n - r) * std::log1p(-p));
  std::vector<double> tails(n + 1);
  double below = 0, above = 0;
  for (int r = 0; r <= n; ++r) tails[r] = below += mass[r];
  for (int r = n; r >= 0; --r) tails[r] = 2 * std::min(tails[r], above += mass[r]);
  return tails;
}

// Regularised incomplete gamma function P(a, x) by its series; converges fast for x < a + 1.
double lower_gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (int n = 1; n < 10000 && term > 1e-17 * sum; ++n) sum += term *= x / (a + n);
  return sum * std::exp(-x + a * std::log(x) - std::lgamma(a));
}

// Q(a, x) = 1 - P(a, x) by Lentz's continued fraction; converges fast for x >= a + 1.
double upper_gamma_fraction(double a, double x) {
  constexpr double tiny = 1e-300;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, fraction = d;
  for (int n = 1; n < 10000; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    if (std::abs(d) < tiny) d = tiny;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return fraction * std::exp(-x + a * std::log(x) - std::lgamma(a));
}

}  // namespace

double chi_square_survival(double x, int degrees) {
  BORNFLOW_REQUIRE(degrees > 0, "chi-square needs a degree of freedom");
  if (x <= 0) return 1;
  const double a = 0.5 * degrees, half = 0.5 * x;
  return half < a + 1 ? 1 - lower_gamma_series(a, half) : upper_gamma_fraction(a, half);
}

UniformityTest::UniformityTest(int n_runs, int n_draws, int n_simulations, std::uint64_t seed)
    : n_runs_(n_runs), n_draws_(n_draws) {
  BORNFLOW_REQUIRE(n_runs > 0 && n_draws > 0 && n_simulations > 0, "a test needs ranks");
  const int n_points = std::min(n_draws, max_points);
  for (int i = 1; i <= n_points; ++i) {
    points_.push_back(static_cast<int>(static_cast<std::int64_t>(i) * (n_draws + 1) / (n_points + 1)));
    tails_.push_back(binomial_tails(n_runs, points_.back() / (n_draws + 1.0)));
  }
  simulated_.resize(n_simulations);
  std::vector<int> histogram(n_draws + 1);
  for (int s = 0; s < n_simulations; ++s) {
    RandomStream random(seed, Purpose::validation, static_cast<std::uint64_t>(s));
    std::fill(histogram.begin(), histogram.end(), 0);
    for (int run = 0; run < n_runs; ++run) ++histogram[random.integer(0, n_draws)];
    simulated_[s] = smallest_tail(histogram);
  }
  std::sort(simulated_.begin(), simulated_.end());
}

double UniformityTest::smallest_tail(const std::vector<int>& histogram) const {
  double smallest = 1;
  int smaller_ranks = 0, next = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    for (; next < points_[i]; ++next) smaller_ranks += histogram[next];
    smallest = std::min(smallest, tails_[i][smaller_ranks]);
  }
  return smallest;
}

double UniformityTest::chi_square_p_value(const std::vector<int>& histogram) const {
  const int n_bins = std::min({max_bins, n_draws_ + 1, std::max(2, n_runs_ / min_expected)});
  double statistic = 0;
  for (int bin = 0; bin < n_bins; ++bin) {
    // Bins hold equal numbers of ranks up to one; each is compared with what it would hold itself.
    const int begin = static_cast<int>(static_cast<std::int64_t>(bin) * (n_draws_ + 1) / n_bins);
    const int end = static_cast<int>(static_cast<std::int64_t>(bin + 1) * (n_draws_ + 1) / n_bins);
    const double expected = static_cast<double>(n_runs_) * (end - begin) / (n_draws_ + 1);
    double observed = 0;
    for (int rank = begin; rank < end; ++rank) observed += histogram[rank];
    statistic += (observed - expected) * (observed - expected) / expected;
  }
  return chi_square_survival(statistic, n_bins - 1);
}

UniformityPValues UniformityTest::operator()(const std::vector<int>& ranks) const {
  BORNFLOW_REQUIRE(static_cast<int>(ranks.size()) == n_runs_, "another number of ranks than the test was made for");
  std::vector<int> histogram(n_draws_ + 1, 0);
  for (int rank : ranks) {
    BORNFLOW_REQUIRE(rank >= 0 && rank <= n_draws_, "a rank lies outside 0 ... n_draws");
    ++histogram[rank];
  }
  // Two sets of ranks with the same counts may differ in the last bit of a tail, so that equal means equal to rounding.
  const double tail = smallest_tail(histogram) * (1 + 1e-12);
  const auto as_small = std::upper_bound(simulated_.begin(), simulated_.end(), tail) - simulated_.begin();
  UniformityPValues p;
  p.ecdf = (1.0 + static_cast<double>(as_small)) / (1.0 + static_cast<double>(simulated_.size()));
  p.chi_square = chi_square_p_value(histogram);
  p.combined = std::min(1.0, 2 * std::min(p.ecdf, p.chi_square));
  return p;
}

EcdfBand UniformityTest::band(double level) const {
  BORNFLOW_REQUIRE(level > 0 && level < 1, "the level of a band lies between 0 and 1");
  // Sets whose smallest tail lies below this one leave the band: a part 1 - level of the simulated ones, ties excluded.
  const auto outside = static_cast<std::size_t>((1 - level) * static_cast<double>(simulated_.size()));
  const double smallest = simulated_[std::min(outside, simulated_.size() - 1)] * (1 - 1e-12);
  EcdfBand band;
  band.points = points_;
  for (const auto& tails : tails_) {
    const auto is_inside = [&](double tail) { return tail >= smallest; };
    const auto first = std::find_if(tails.begin(), tails.end(), is_inside);
    const auto last = std::find_if(tails.rbegin(), tails.rend(), is_inside);
    band.low.push_back(static_cast<double>(first - tails.begin()) / n_runs_);
    band.high.push_back(static_cast<double>(tails.rend() - last - 1) / n_runs_);
  }
  return band;
}

}  // namespace bornflow
