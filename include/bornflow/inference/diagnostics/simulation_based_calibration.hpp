#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Simulation-based calibration (Talts et al. 2018): draw x from the prior and data from x, sample the posterior of these
/// data, and rank x among the samples by a scalar statistic. If posterior, prior and simulator agree, the rank is uniform.
namespace bornflow {

/// Rank of `truth` among the draws: how many are smaller, 0 ... number of draws. Ties are broken at random, as a function
/// of (seed, run, statistic).
int rank_statistic(double truth, const std::vector<double>& draws, std::uint64_t seed, std::int64_t run, int statistic);

/// Scalar statistics of an image, all below the water: 8 local averages over patches on a 2 x 4 lattice, the energy
/// sum x^2, and projections on 4 fixed random fields of unit norm, smooth over windows of 3, 5, 9 and 17 points. Local averages
/// see pointwise errors, the energy a wrong total variance. Projections see wrong correlations over the length of their
/// window; white fields would not: the variance f^T C f of a projection on white f is the mean variance, whatever the
/// correlations in C.
class ImageStatistics {
public:
  ImageStatistics(int nz, int nx, int water_rows, std::uint64_t seed = 1);
  std::vector<double> operator()(const float* image) const;
  const std::vector<std::string>& names() const { return names_; }
  int count() const { return static_cast<int>(names_.size()); }

private:
  struct Patch {
    int z_begin, z_end, x_begin, x_end;
  };
  int nx_, water_rows_;
  std::vector<Patch> patches_;
  std::vector<std::vector<float>> fields_;
  std::vector<std::string> names_;
};

struct CalibrationTest {
  std::vector<double> chi_square, ecdf;  ///< p-values of each statistic, see UniformityTest
  std::vector<double> p_value;           ///< of each statistic: both tests, Bonferroni
  double combined = 1;                   ///< of all statistics: min(1, n_statistics * min p_value), Bonferroni again,
                                         ///< because the statistics of one image are not independent
};

/// Ranks of many runs, and whether they are uniform.
class SimulationBasedCalibration {
public:
  SimulationBasedCalibration(int n_statistics, int n_draws, std::uint64_t seed = 1);

  /// One run: statistics of the truth, and of the draws (n_draws, n_statistics). `run` numbers the runs for the breaking
  /// of ties. Draws must be independent of each other: thin a Markov chain first.
  void add(std::int64_t run, const std::vector<double>& truth, const std::vector<std::vector<double>>& draws);
  /// The same from images, with `statistics` of count() n_statistics; samples (n_draws, size).
  void add(std::int64_t run, const ImageStatistics& statistics, const float* truth, const float* samples, std::size_t size);

  int n_runs() const { return static_cast<int>(ranks_.size()) / n_statistics_; }
  int n_draws() const { return n_draws_; }
  /// (n_runs, n_statistics), in the order of add(), each in 0 ... n_draws.
  const std::vector<int>& ranks() const { return ranks_; }

  /// UserError below 20 runs, which show nothing.
  CalibrationTest test() const;

private:
  int n_statistics_, n_draws_;
  std::uint64_t seed_;
  std::vector<int> ranks_;
};

/// The test alone, for ranks gathered from elsewhere.
CalibrationTest calibration_test(const std::vector<int>& ranks, int n_runs, int n_statistics, int n_draws);

}  // namespace bornflow
