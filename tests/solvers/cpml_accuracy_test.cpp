#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "solvers/acoustic/propagator.hpp"
#include "tests/solvers/small_survey.hpp"

/// How well the layers absorb, and whether the CPML stays quiet for long. docs/boundaries.md has the tables.
namespace bornflow {

namespace {

struct Setting {
  int nx, nz, larger;        // points; of the margin of the reference
  double points_per_wavelength;
  Point source;              // in grid points, as the receivers
  std::vector<Point> receivers;
};

/// A homogeneous model with spacing 10 m, waves of 12 points per wavelength at the peak, receivers five points from the layer.
Setting square() { return {61, 61, 90, 12, {12, 0, 30}, {{5, 0, 30}, {5, 0, 5}, {55, 0, 3}, {30, 0, 55}}}; }
/// A source beside the layer; waves run along it.
Setting grazing() { return {181, 25, 140, 12, {10, 0, 3}, {{100, 0, 3}, {170, 0, 12}, {170, 0, 22}}}; }

std::vector<double> traces_of(const test::SmallSurvey& s) {
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  std::vector<double> traces(propagator.traces_size());
  propagator.forward(0, traces.data());
  return traces;
}

double max_abs(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

/// Largest reflection in dB of the largest direct wave: difference to a domain so large that nothing comes back.
class Reflection {
public:
  explicit Reflection(const Setting& setting, bool has_interface = false) {
    const double h = 10, velocity = 1500, frequency = velocity / (setting.points_per_wavelength * h);
    const double length = std::max(setting.nx, setting.nz) * h, duration = 1.3 * length / velocity + 2.5 / frequency;
    const double dt = 0.4 * h / velocity;
    small_.grid.nx = setting.nx, small_.grid.nz = setting.nz;
    small_.grid.dx = small_.grid.dz = h;
    const auto place = [h](const Point& p) { return Point{p.x * h, 0, p.z * h}; };
    std::vector<Point> receivers;
    for (const Point& p : setting.receivers) receivers.push_back(place(p));
    small_.acquisition = {{place(setting.source)}, receivers, frequency, dt, static_cast<int>(std::lround(duration / dt)) + 1};
    small_.velocity.assign(small_.grid.size(), static_cast<float>(velocity));
    auto large = small_;
    large.grid.nx += 2 * setting.larger, large.grid.nz += 2 * setting.larger;
    large.grid.ox = large.grid.oz = -setting.larger * h;
    large.velocity.assign(large.grid.size(), static_cast<float>(velocity));
    large.options.layer_width = 0;
    if (has_interface) {
      small_.options.density = interface_at(setting, 0);
      large.options.density = interface_at(setting, setting.larger);
    }
    reference_ = traces_of(large);
  }
  double db(Absorbing absorbing, int width) {
    small_.options.absorbing = absorbing;
    small_.options.layer_width = width;
    std::vector<double> difference = traces_of(small_);
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= reference_[i];
    return 20 * std::log10(max_abs(difference) / max_abs(reference_));
  }

private:
  /// A jump in density [g/cm^3] in half the depth, not quite level, continued to `margin` points around the grid as a layer does it.
  static std::shared_ptr<const std::vector<float>> interface_at(const Setting& setting, int margin) {
    std::vector<float> density;
    for (int z = -margin; z < setting.nz + margin; ++z)
      for (int x = -margin; x < setting.nx + margin; ++x) {
        const int iz = std::clamp(z, 0, setting.nz - 1), ix = std::clamp(x, 0, setting.nx - 1);
        density.push_back(static_cast<float>((iz + ix / 10 < setting.nz / 2 ? 1.0 : 2.2) + 0.2 * std::sin(0.1 * ix)));
      }
    return std::make_shared<const std::vector<float>>(density);
  }

  test::SmallSurvey small_;
  std::vector<double> reference_;
};

void print_and_bound(const char* name, Reflection reflection, std::initializer_list<std::pair<int, double>> bounds) {
  std::printf("%s\n  points   damping      CPML [dB]\n", name);
  for (const auto& [width, bound] : bounds) {
    const double damping = reflection.db(Absorbing::damping, width), cpml = reflection.db(Absorbing::cpml, width);
    std::printf("  %6d %9.1f %9.1f\n", width, damping, cpml);
    EXPECT_LT(cpml, bound) << width;
    EXPECT_LT(cpml, damping) << width;
  }
}

/// Rock of many speeds, up to a factor of three from point to point, with a source in it and one beside the layer.
test::SmallSurvey rough(bool three_dimensional, int steps, bool has_density = false) {
  test::SmallSurvey s = three_dimensional ? test::small_survey(18, 16) : test::small_survey(30, 26);
  if (three_dimensional) s.grid.ny = 17, s.grid.dy = 11;
  s.velocity.clear();
  const auto noise = test::random_values<float>(s.grid.size(), 4);
  for (const float value : noise) s.velocity.push_back(3000 + 1500 * std::tanh(value));
  s.options.absorbing = Absorbing::cpml;
  if (has_density) {
    std::vector<float> density;
    for (const float value : test::random_values<float>(s.grid.size(), 5)) density.push_back(2 + std::tanh(value));
    s.options.density = std::make_shared<const std::vector<float>>(density);
  }
  s.options.cfl_safety = 0.99;
  const double dt = 0.99 * stable_time_step(s.grid, s.options, *std::max_element(s.velocity.begin(), s.velocity.end()));
  s.acquisition.sample_interval = dt;
  s.acquisition.n_samples = steps + 1;
  s.acquisition.sources = {{0.5 * s.grid.dx * s.grid.nx, 0.4 * s.grid.dy * s.grid.ny, 13.7}};
  s.acquisition.receivers = {{40, 0, 40}, {0, 0, 0}, {100, 0, 20}};
  return s;
}

/// The largest amplitudes of the last tenth of the records and of all.
template <class T>
std::pair<double, double> late_and_largest(const test::SmallSurvey& s) {
  Propagator<T> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  std::vector<T> traces(propagator.traces_size());
  propagator.forward(0, traces.data());
  const std::size_t n = s.acquisition.n_samples;
  double late = 0, largest = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const double value = std::abs(traces[i]);
    largest = std::max(largest, value);
    if (i % n > n - n / 10) late = std::max(late, value);
  }
  return {late, largest};
}

template <class T>
void expect_quiet(const char* name, test::SmallSurvey s, double bound) {
  const auto [late, largest] = late_and_largest<T>(s);
  std::printf("%s, %d steps: late amplitude %.1e of the largest\n", name, s.acquisition.n_samples - 1, late / largest);
  EXPECT_GT(largest, 0);
  EXPECT_LT(late, bound * largest);
}

}  // namespace

TEST(CpmlAccuracy, absorbs) {
  print_and_bound("straight, 12 points per wavelength", Reflection(square()), {{10, -60}, {14, -90}, {20, -100}, {40, -120}});
  Setting coarse = square();
  coarse.points_per_wavelength = 6;
  print_and_bound("straight, 6 points per wavelength", Reflection(coarse), {{10, -40}, {20, -60}, {40, -90}});
  print_and_bound("grazing, 12 points per wavelength", Reflection(grazing()), {{10, -40}, {20, -70}, {40, -90}});
}

// The interface runs into the layer on both sides.
TEST(CpmlAccuracy, absorbs_where_the_density_varies) {
  print_and_bound("an interface in density, straight", Reflection(square(), true), {{10, -60}, {20, -100}});
  print_and_bound("an interface in density, grazing", Reflection(grazing(), true), {{10, -40}, {20, -70}});
}

// What is left are waves that the rough rock traps: the damping layer leaves as much.
TEST(CpmlAccuracy, stays_quiet_for_long_in_2d) {
  for (const int width : {10, 20}) {
    test::SmallSurvey s = rough(false, 50000);
    s.options.layer_width = width;
    expect_quiet<float>("rough, 2-D, float", s, 1e-4);
    s.options.top = Top::free_surface;
    expect_quiet<double>("rough, 2-D, double, free surface", s, 1e-4);
  }
}

TEST(CpmlAccuracy, stays_quiet_for_long_where_the_density_varies) {
  for (const bool three_dimensional : {false, true}) {
    test::SmallSurvey s = rough(three_dimensional, three_dimensional ? 2000 : 20000, true);
    s.options.layer_width = 10;
    expect_quiet<float>("rough in density too", s, 1e-4);
  }
}

TEST(CpmlAccuracy, stays_quiet_for_long_in_3d) {
  test::SmallSurvey s = rough(true, 8000);
  s.options.layer_width = 8;
  expect_quiet<float>("rough, 3-D, float", s, 1e-4);
}

}  // namespace bornflow
