#pragma once

#include <cstdint>
#include <vector>

namespace bornflow {

/// How probable ranks as uneven as these are when each of 0 ... n_draws is equally likely.
struct UniformityPValues {
  double chi_square = 1;  ///< Pearson's test over equal bins: sees a hump, a hollow or a slope in the histogram
  double ecdf = 1;        ///< simultaneous band of the empirical distribution function: sees a drift of any shape
  double combined = 1;    ///< Bonferroni: min(1, 2 min(chi_square, ecdf)); valid although the two depend on each other
};

/// Where the empirical distribution function of uniform ranks lies as a whole with a given probability.
struct EcdfBand {
  std::vector<int> points;        ///< the number of ranks below each of these ...
  std::vector<double> low, high;  ///< ... over the number of runs lies in [low, high], at all points at once
};

/// Tests whether `n_runs` independent ranks are uniform on 0 ... n_draws. Deterministic.
///
/// ecdf: Saeilynoja, Buerkner & Vehtari (2022): at the points z_i the count R_i of smaller ranks is Binomial(n_runs, z_i);
/// the statistic is the smallest two-sided tail probability over i, and its distribution is found by simulation of
/// `n_simulations` sets of uniform ranks. The smallest p-value is 1 / (n_simulations + 1). Build one object for many
/// sets of ranks: the simulation is done once.
///
/// chi_square: at most 20 bins, each with at least five expected ranks; p from the chi-square distribution.
class UniformityTest {
public:
  UniformityTest(int n_runs, int n_draws, int n_simulations = 5000, std::uint64_t seed = 1);

  /// `ranks` has n_runs entries in 0 ... n_draws.
  UniformityPValues operator()(const std::vector<int>& ranks) const;
  /// The band that uniform ranks leave anywhere with probability 1 - level at most; the ecdf p-value is its inverse.
  EcdfBand band(double level) const;

private:
  double smallest_tail(const std::vector<int>& histogram) const;
  double chi_square_p_value(const std::vector<int>& histogram) const;

  int n_runs_, n_draws_;
  std::vector<int> points_;                  // z_i = points_[i] / (n_draws + 1)
  std::vector<std::vector<double>> tails_;   // [point][count]: two-sided tail probability
  std::vector<double> simulated_;            // sorted smallest tails of uniform ranks
};

/// Probability that chi-square with `degrees` degrees of freedom exceeds `x`.
double chi_square_survival(double x, int degrees);

}  // namespace bornflow
