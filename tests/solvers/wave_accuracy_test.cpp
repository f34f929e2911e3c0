#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "solvers/acoustic/propagator.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

constexpr double pi = 3.14159265358979323846;

/// A homogeneous square of `width` m with spacing h, one source.
test::SmallSurvey homogeneous(double width, double h, double velocity, double peak_frequency, double duration,
                              double sample_interval, const Point& source, const std::vector<Point>& receivers) {
  test::SmallSurvey s;
  s.grid.nx = s.grid.nz = static_cast<int>(std::lround(width / h)) + 1;
  s.grid.dx = s.grid.dz = h;
  s.velocity.assign(s.grid.size(), static_cast<float>(velocity));
  s.acquisition = {{source}, receivers, peak_frequency, sample_interval,
                   static_cast<int>(std::lround(duration / sample_interval)) + 1};
  return s;
}

std::vector<double> traces_of(const test::SmallSurvey& s) {
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  std::vector<double> traces(propagator.traces_size());
  propagator.forward(0, traces.data());
  return traces;
}

double ricker(double f0, double t) {
  const double r = pi * f0 * (t - 1 / f0);
  return t < 0 ? 0.0 : (1 - 2 * r * r) * std::exp(-r * r);
}

/// The same with a Ricker that peaks at 2/f0. One that peaks at 1/f0 begins with a jump of 1e-3 of its peak, whose short
/// waves no grid resolves; that hides the order of convergence.
std::vector<double> smooth_traces_of(const test::SmallSurvey& s) {
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  const double f0 = s.acquisition.peak_frequency;
  std::vector<double> wavelet, traces(propagator.traces_size());
  for (int n = 0; n < propagator.steps(); ++n) {
    const double r = pi * f0 * (n * propagator.dt() - 2 / f0);
    wavelet.push_back((1 - 2 * r * r) * std::exp(-r * r));
  }
  propagator.forward(0, wavelet.data(), traces.data());
  return traces;
}

/// The 2-D field of a point source w(t) delta(x): int w(t - s) / (2 pi sqrt(s^2 - r^2/c^2)) ds over s > r/c. With
/// s = (r/c) cosh(a) the integrand loses its singularity.
double green_2d(double f0, double distance, double velocity, double t) {
  const double arrival = distance / velocity;
  if (t <= arrival) return 0;
  const double end = std::acosh(t / arrival);
  const int n = 4000;
  double sum = 0.5 * (ricker(f0, t - arrival) + ricker(f0, 0.0));
  for (int i = 1; i < n; ++i) sum += ricker(f0, t - arrival * std::cosh(end * i / n));
  return sum * end / n / (2 * pi);
}

double max_abs(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

/// Largest reflection of the layer in dB of the largest direct wave at the receivers: difference to a domain so large
/// that nothing comes back.
double reflection_db(int layer_width, double velocity) {
  const double h = 10, f0 = velocity / (12 * h), margin = 90 * h, width = 60 * h, duration = 1.3 * width / velocity + 2.5 / f0;
  const double dt = 0.4 * h / velocity;
  const std::vector<Point> receivers{{5 * h, 0, 30 * h}, {5 * h, 0, 5 * h}, {55 * h, 0, 3 * h}, {30 * h, 0, 55 * h}};
  auto s = homogeneous(width, h, velocity, f0, duration, dt, {12 * h, 0, 30 * h}, receivers);
  s.options.layer_width = layer_width;
  const auto traces = traces_of(s);
  auto large = s;
  large.grid.nx += 180, large.grid.nz += 180;
  large.grid.ox = large.grid.oz = -margin;
  large.velocity.assign(large.grid.size(), static_cast<float>(velocity));
  const auto reference = traces_of(large);
  std::vector<double> difference(traces.size());
  for (std::size_t i = 0; i < traces.size(); ++i) difference[i] = traces[i] - reference[i];
  return 20 * std::log10(max_abs(difference) / max_abs(reference));
}

}  // namespace

TEST(WaveAccuracy, matches_the_green_function) {
  const double h = 5, velocity = 2000, f0 = 15;
  const Point source{301.7, 0, 298.1};
  const std::vector<Point> receivers{{301.7, 0, 398.1}, {451.2, 0, 233.3}, {120, 0, 300}};
  auto s = homogeneous(600, h, velocity, f0, 0.25, 0.001, source, receivers);
  s.options.dt = 0.0005;
  s.options.layer_width = 30;
  const auto traces = traces_of(s);
  const int n = s.acquisition.n_samples;
  for (std::size_t r = 0; r < receivers.size(); ++r) {
    const double distance = std::hypot(receivers[r].x - source.x, receivers[r].z - source.z);
    std::vector<double> exact, measured(traces.begin() + r * n, traces.begin() + (r + 1) * n);
    for (int j = 0; j < n; ++j) exact.push_back(h * h * 1e-6 * green_2d(f0, distance / 1000, velocity / 1000, j * 0.001));
    const double error = test::relative_difference(measured, exact);
    std::printf("distance %.0f m: relative error %.2e\n", distance, error);
    // Time error: phase omega^3 dt^2 t / 24 is 2.4e-4 at 25 Hz and 0.1 s; interpolation at each end up to about 1e-3.
    EXPECT_LT(error, 4e-3);
  }
}

// The error of order p is the difference to order 16 with the same grid and time step, in which the error in time is
// the same. It falls by 2^p when h is halved.
TEST(WaveAccuracy, converges_in_space_with_its_order) {
  for (const int order : {2, 4, 8}) {
    const auto error = [&](double h) {
      auto s = homogeneous(800, h, 2000, 15, 0.28, 0.002, {400, 0, 400}, {{400, 0, 240}, {500, 0, 500}});
      s.options.dt = 0.0005;
      s.options.space_order = 16;
      const auto reference = smooth_traces_of(s);
      s.options.space_order = order;
      return test::relative_difference(smooth_traces_of(s), reference);
    };
    const double coarse = error(10), fine = error(5), slope = std::log2(coarse / fine);
    std::printf("order %d: errors %.2e, %.2e, measured order %.2f\n", order, coarse, fine, slope);
    EXPECT_NEAR(slope, order, 0.1 * order);
  }
}

// Against dt/16 the error of dt falls by (1 - 1/256) / (1/4 - 1/256) = 4.05 when dt is halved.
TEST(WaveAccuracy, converges_in_time_with_order_two) {
  auto s = homogeneous(600, 10, 2000, 15, 0.24, 0.002, {300, 0, 300}, {{300, 0, 150}, {410, 0, 400}});
  const auto at = [&](double dt) {
    s.options.dt = dt;
    return traces_of(s);
  };
  const auto reference = at(0.002 / 16);
  const double coarse = test::relative_difference(at(0.002), reference);
  const double fine = test::relative_difference(at(0.001), reference);
  std::printf("errors %.2e, %.2e, measured order %.3f\n", coarse, fine, std::log2(coarse / fine));
  EXPECT_NEAR(std::log2(coarse / fine), 2.0, 0.06);
}

TEST(WaveAccuracy, the_layer_absorbs) {
  for (const double velocity : {1500.0, 4500.0}) {
    const double narrow = reflection_db(20, velocity), wide = reflection_db(40, velocity);
    std::printf("%4.0f m/s, 12 points per wavelength: %.1f dB with 20 points, %.1f dB with 40\n", velocity, narrow, wide);
    // Measured -38.4 and -51.4 dB at every velocity, at receivers five points from the layer.
    EXPECT_LT(narrow, -37);
    EXPECT_LT(wide, -50);
  }
}

TEST(WaveAccuracy, energy_leaves_the_grid) {
  auto s = homogeneous(400, 10, 2000, 20, 2.0, 0.002, {200, 0, 200}, {{100, 0, 100}, {300, 0, 200}});
  const auto traces = traces_of(s);
  const std::size_t n = s.acquisition.n_samples;
  double late = 0;
  for (std::size_t i = 0; i < traces.size(); ++i)
    if (i % n > n - 200) late = std::max(late, std::abs(traces[i]));
  std::printf("largest late amplitude: %.1e of the peak\n", late / max_abs(traces));
  EXPECT_LT(late, 1e-3 * max_abs(traces));
}

}  // namespace bornflow
