#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numeric>

#include "bornflow/base/error.hpp"
#include "solvers/survey/acquisition.hpp"
#include "solvers/survey/point_weights.hpp"
#include "solvers/survey/wavelet.hpp"

namespace bornflow {

namespace {

Grid ten_by_ten() {
  Grid grid;
  grid.nx = grid.nz = 10;
  grid.dx = grid.dz = 5;
  grid.ox = 100;
  return grid;
}

Acquisition one_shot(const Point& source) { return {{source}, {{110, 0, 5}}, 20, 0.001, 100}; }

std::string refusal(const Acquisition& acquisition) {
  try {
    require_valid(acquisition, ten_by_ten());
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(PointWeights, are_one_on_a_grid_point) {
  const auto w = sinc_weights(7.0);
  EXPECT_EQ(w.first, 7);
  EXPECT_EQ(w.weights, std::vector<double>{1.0});
}

TEST(PointWeights, are_continuous_at_a_grid_point) {
  const auto w = sinc_weights(7.0 + 1e-7);
  ASSERT_EQ(w.weights.size(), 8u);
  for (std::size_t i = 0; i < w.weights.size(); ++i)
    EXPECT_NEAR(w.weights[i], w.first + static_cast<int>(i) == 7 ? 1.0 : 0.0, 1e-6);
}

// Hicks gives b = 6.31 for half-width 4 and waves up to 2/3 of the Nyquist wavenumber with errors below about 1 %.
TEST(PointWeights, interpolate_a_sampled_wave) {
  double worst = 0;
  for (const double wavenumber : {0.2, 0.6, 1.0, 1.6})   // [rad/point]; 1.6 is about four points per wave
    for (double x = 20.05; x < 21; x += 0.1) {
      const auto w = sinc_weights(x);
      double sum = 0;
      for (std::size_t i = 0; i < w.weights.size(); ++i)
        sum += w.weights[i] * std::cos(wavenumber * (w.first + static_cast<int>(i)));
      worst = std::max(worst, std::abs(sum - std::cos(wavenumber * x)));
    }
  std::printf("largest interpolation error down to 4 points per wave: %.2e\n", worst);
  EXPECT_LT(worst, 5e-3);
}

TEST(Acquisition, refuses_a_source_outside_the_grid) {
  EXPECT_EQ(refusal(one_shot({100, 0, 45})), "");       // corners belong to the grid
  EXPECT_EQ(refusal(one_shot({145, 0, 0})), "");
  const std::string text = refusal(one_shot({99, 0, 5}));
  for (const char* part : {"Source 0 of 1", "(99, 0, 5)", "[100, 145]", "[0, 45]"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(refusal(one_shot({NAN, 0, 5})), "");
}

TEST(Acquisition, refuses_numbers_that_cannot_be) {
  auto a = one_shot({110, 0, 5});
  a.sample_interval = 0;
  EXPECT_NE(refusal(a).find("sample interval"), std::string::npos);
  a = one_shot({110, 0, 5});
  a.peak_frequency = -1;
  EXPECT_NE(refusal(a).find("peak frequency"), std::string::npos);
  a = one_shot({110, 0, 5});
  a.receivers.clear();
  EXPECT_NE(refusal(a).find("receivers"), std::string::npos);
}

TEST(Acquisition, line_has_both_ends) {
  const auto line = equispaced_line(5, 10, 30, 7);
  ASSERT_EQ(line.size(), 5u);
  EXPECT_EQ(line.front().x, 10);
  EXPECT_EQ(line[1].x, 15);
  EXPECT_EQ(line.back().x, 30);
  EXPECT_EQ(line.back().z, 7);
}

TEST(Wavelet, ricker_peaks_at_one_over_its_frequency_and_has_no_mean) {
  const auto w = ricker_wavelet(10, 0.001, 400);
  EXPECT_NEAR(w[100], 1.0, 1e-12);
  EXPECT_NEAR(std::accumulate(w.begin(), w.end(), 0.0), 0.0, 0.01);
}

}  // namespace bornflow
