#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"

namespace bornflow {

namespace {

constexpr int patch_rows = 2, patch_columns = 4, min_runs = 20;
// Half widths [points] of the windows over which the random fields are averaged.
constexpr int field_widths[] = {1, 2, 4, 8};
// Sub-streams of Purpose::validation; the simulated null distribution of UniformityTest uses sub-stream 0.
constexpr std::uint32_t tie_stream = 1000, field_stream = 1;

/// White noise of rows x columns averaged over windows of (2 half_width + 1)^2 points, of unit norm.
std::vector<float> smooth_field(int rows, int columns, int half_width, RandomStream& random) {
  std::vector<double> white(static_cast<std::size_t>(rows) * columns);
  for (double& value : white) value = random.normal();
  std::vector<double> smooth(white.size(), 0.0);
  double energy = 0;
  for (int iz = 0; iz < rows; ++iz)
    for (int ix = 0; ix < columns; ++ix) {
      double& sum = smooth[static_cast<std::size_t>(iz) * columns + ix];
      for (int z = std::max(0, iz - half_width); z <= std::min(rows - 1, iz + half_width); ++z)
        for (int x = std::max(0, ix - half_width); x <= std::min(columns - 1, ix + half_width); ++x)
          sum += white[static_cast<std::size_t>(z) * columns + x];
      energy += sum * sum;
    }
  std::vector<float> field;
  for (const double value : smooth) field.push_back(static_cast<float>(value / std::sqrt(energy)));
  return field;
}

}  // namespace

int rank_statistic(double truth, const std::vector<double>& draws, std::uint64_t seed, std::int64_t run, int statistic) {
  int smaller = 0, ties = 0;
  for (double draw : draws) {
    if (!std::isfinite(draw))
      throw NumericalError("simulation-based calibration: statistic " + std::to_string(statistic) + " of run " +
                           std::to_string(run) + " is not finite for a posterior sample");
    smaller += draw < truth;
    ties += draw == truth;
  }
  if (ties == 0) return smaller;
  const std::uint32_t stream = tie_stream + static_cast<std::uint32_t>(statistic);
  RandomStream random(seed, Purpose::validation, static_cast<std::uint64_t>(run), stream);
  return smaller + random.integer(0, ties);
}

ImageStatistics::ImageStatistics(int nz, int nx, int water_rows, std::uint64_t seed)
    : nx_(nx), water_rows_(water_rows) {
  const int rows = nz - water_rows;
  if (water_rows < 0 || rows < patch_rows || nx < patch_columns)
    throw UserError("calibration: an image of " + std::to_string(nz) + " x " + std::to_string(nx) + " (nz x nx) with " +
                    std::to_string(water_rows) + " water rows is too small for 2 x 4 patches");
  // Patches of a sixteenth of the image's sides around the centres of a 2 x 4 lattice.
  const int height = std::max(1, rows / 16), width = std::max(1, nx / 16);
  for (int j = 0; j < patch_rows; ++j)
    for (int i = 0; i < patch_columns; ++i) {
      const int z = water_rows + (2 * j + 1) * rows / (2 * patch_rows) - height / 2;
      const int x = (2 * i + 1) * nx / (2 * patch_columns) - width / 2;
      patches_.push_back({z, z + height, x, x + width});
      names_.push_back("patch_" + std::to_string(patches_.size() - 1));
    }
  names_.push_back("energy");
  for (const int half_width : field_widths) {
    RandomStream random(seed, Purpose::validation, fields_.size(), field_stream);
    names_.push_back("projection_" + std::to_string(fields_.size()));
    fields_.push_back(smooth_field(rows, nx, half_width, random));
  }
}

std::vector<double> ImageStatistics::operator()(const float* image) const {
  std::vector<double> values;
  for (const Patch& patch : patches_) {
    double sum = 0;
    for (int iz = patch.z_begin; iz < patch.z_end; ++iz)
      for (int ix = patch.x_begin; ix < patch.x_end; ++ix) sum += image[static_cast<std::size_t>(iz) * nx_ + ix];
    values.push_back(sum / ((patch.z_end - patch.z_begin) * (patch.x_end - patch.x_begin)));
  }
  const float* rock = image + static_cast<std::size_t>(water_rows_) * nx_;
  double energy = 0;
  for (std::size_t i = 0; i < fields_[0].size(); ++i) energy += double(rock[i]) * rock[i];
  values.push_back(energy);
  for (const auto& field : fields_) {
    double projection = 0;
    for (std::size_t i = 0; i < field.size(); ++i) projection += double(field[i]) * rock[i];
    values.push_back(projection);
  }
  return values;
}

SimulationBasedCalibration::SimulationBasedCalibration(int n_statistics, int n_draws, std::uint64_t seed)
    : n_statistics_(n_statistics), n_draws_(n_draws), seed_(seed) {
  BORNFLOW_REQUIRE(n_statistics > 0 && n_draws > 0, "calibration needs statistics and draws");
}

void SimulationBasedCalibration::add(std::int64_t run, const std::vector<double>& truth,
                                     const std::vector<std::vector<double>>& draws) {
  BORNFLOW_REQUIRE(static_cast<int>(truth.size()) == n_statistics_ && static_cast<int>(draws.size()) == n_draws_,
                   "another number of statistics or draws than declared");
  std::vector<double> values(n_draws_);
  for (int k = 0; k < n_statistics_; ++k) {
    for (int s = 0; s < n_draws_; ++s) values[s] = draws[s].at(k);
    ranks_.push_back(rank_statistic(truth[k], values, seed_, run, k));
  }
}

void SimulationBasedCalibration::add(std::int64_t run, const ImageStatistics& statistics, const float* truth,
                                     const float* samples, std::size_t size) {
  std::vector<std::vector<double>> draws;
  for (int s = 0; s < n_draws_; ++s) draws.push_back(statistics(samples + static_cast<std::size_t>(s) * size));
  add(run, statistics(truth), draws);
}

CalibrationTest SimulationBasedCalibration::test() const {
  return calibration_test(ranks_, n_runs(), n_statistics_, n_draws_);
}

CalibrationTest calibration_test(const std::vector<int>& ranks, int n_runs, int n_statistics, int n_draws) {
  BORNFLOW_REQUIRE(static_cast<int>(ranks.size()) == n_runs * n_statistics, "ranks are (n_runs, n_statistics)");
  if (n_runs < min_runs)
    throw UserError("simulation-based calibration: " + std::to_string(n_runs) + " runs show nothing; take at least " +
                    std::to_string(min_runs) + ", better 200");
  const UniformityTest uniformity(n_runs, n_draws);
  CalibrationTest result;
  std::vector<int> of_one(n_runs);
  for (int k = 0; k < n_statistics; ++k) {
    for (int run = 0; run < n_runs; ++run) of_one[run] = ranks[static_cast<std::size_t>(run) * n_statistics + k];
    const UniformityPValues p = uniformity(of_one);
    result.chi_square.push_back(p.chi_square);
    result.ecdf.push_back(p.ecdf);
    result.p_value.push_back(p.combined);
  }
  result.combined = std::min(1.0, n_statistics * *std::min_element(result.p_value.begin(), result.p_value.end()));
  return result;
}

}  // namespace bornflow
