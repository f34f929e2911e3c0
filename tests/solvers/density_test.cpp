#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/finite_difference.hpp"
#include "tests/solvers/density_survey.hpp"

namespace bornflow {

namespace {

std::vector<double> traces_of(const test::SmallSurvey& s, int shot = 0) {
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  std::vector<double> traces(propagator.traces_size());
  propagator.forward(shot, traces.data());
  return traces;
}

test::SmallSurvey with_constant_density(test::SmallSurvey s, float density) {
  s.options.density = std::make_shared<std::vector<float>>(s.grid.size(), density);
  return s;
}

/// A square of 1500 m/s with two densities. Records end before waves come back from the layer.
test::SmallSurvey two_densities(int order, float upper, float lower, double h) {
  test::SmallSurvey s;
  const int row = static_cast<int>(std::lround(600 / h));   // the interface is half-way below it
  s.grid.nx = s.grid.nz = 2 * row + 1;
  s.grid.dx = s.grid.dz = h;
  s.options.space_order = order;
  s.options.dt = 0.001;
  s.velocity.assign(s.grid.size(), 1500);
  std::vector<float> density(s.grid.size(), upper);
  std::fill(density.begin() + (row + 1) * s.grid.nx, density.end(), lower);
  s.options.density = std::make_shared<std::vector<float>>(density);
  s.acquisition.sources = {{600, 0, 500}, {600, 0, 700 + h}};   // the second is the mirror image of the first
  s.acquisition.receivers = {{600, 0, 550}, {500, 0, 450}, {800, 0, 500}, {560, 0, 600}, {600, 0, 630}, {750, 0, 700}};
  s.acquisition.peak_frequency = 12;
  s.acquisition.sample_interval = 0.004;
  s.acquisition.n_samples = 101;
  return s;
}

/// The greatest relative error of what the receivers above the interface get beside the direct wave, which is R times the
/// mirror image for waves at any angle where only the density changes, and of what those below get, 1 + R times the
/// direct wave. R = (Z2 - Z1) / (Z2 + Z1).
double reflection_error(int order, float upper, float lower, double h) {
  const test::SmallSurvey s = two_densities(order, upper, lower, h), uniform = two_densities(order, upper, upper, h);
  const auto both = traces_of(s), direct = traces_of(uniform), mirror = traces_of(uniform, 1);
  const double reflection = (lower - upper) / (lower + upper);
  const auto n = static_cast<std::size_t>(s.acquisition.n_samples);
  double error = 0;
  for (std::size_t receiver = 0; receiver < s.acquisition.receivers.size(); ++receiver) {
    const bool is_above = s.acquisition.receivers[receiver].z <= 600;
    std::vector<double> got, expected;
    for (std::size_t i = receiver * n; i < (receiver + 1) * n; ++i) {
      got.push_back(is_above ? both[i] - direct[i] : both[i]);
      expected.push_back(is_above ? reflection * mirror[i] : (1 + reflection) * direct[i]);
    }
    EXPECT_GT(test::norm(expected), 0);
    error = std::max(error, test::relative_difference(got, expected));
  }
  return error;
}

}  // namespace

TEST(Density, staggered_weights_are_the_known_ones) {
  const auto two = staggered_derivative_weights(2), four = staggered_derivative_weights(4);
  EXPECT_NEAR(two[1], 1, 1e-15);
  EXPECT_NEAR(four[1], 9.0 / 8, 1e-15);
  EXPECT_NEAR(four[2], -1.0 / 24, 1e-15);
}

// At order 2 the interface half-way between two points has the exact coefficient on the grid itself; at order 8 the
// difference across it is blurred over 8 points, 12.5 and 25 of which make a wavelength of the peak frequency here: an error of
// first order (measured 2.6 and 1.1 %).
TEST(Density, an_interface_reflects_as_theory_says) {
  EXPECT_LT(reflection_error(2, 1.0f, 2.0f, 10), 1e-7);
  EXPECT_LT(reflection_error(2, 2.5f, 1.0f, 10), 1e-7);
  const double coarse = reflection_error(8, 1.0f, 2.0f, 10), fine = reflection_error(8, 1.0f, 2.0f, 5);
  EXPECT_LT(coarse, 0.03);
  EXPECT_LT(fine, coarse / 2);
}

// At order 2 the difference of differences is the Laplacian itself; at order 8 the dispersion differs.
TEST(Density, a_constant_one_is_the_plain_wave_equation) {
  const auto gap = [](int order, double h) {
    test::SmallSurvey s;
    s.grid.nx = s.grid.nz = static_cast<int>(600 / h) + 1;
    s.grid.dx = s.grid.dz = h;
    s.options.space_order = order;
    s.options.layer_width = static_cast<int>(200 / h);
    s.options.dt = 0.0005;
    s.velocity.assign(s.grid.size(), 2000);
    s.acquisition = {{{300, 0, 300}}, {{100, 0, 200}, {430, 0, 370}}, 20, 0.002, 176};
    return test::relative_difference(traces_of(with_constant_density(s, 1)), traces_of(s));
  };
  EXPECT_LT(gap(2, 10), 1e-13);
  const double coarse = gap(8, 10), fine = gap(8, 5);
  EXPECT_LT(coarse, 3e-3);
  EXPECT_LT(fine, coarse / 3);
  std::printf("order 8 beside the centred second difference: %.1e at 10 points per wavelength, %.1e at 20\n", coarse, fine);
}

// The equation is divided by the density: twice the density, and a source has twice the effect, to the bit.
TEST(Density, scales_with_its_unit) {
  const test::SmallSurvey s = test::small_survey();
  auto one = traces_of(with_constant_density(s, 1));
  for (double& value : one) value *= 2;
  EXPECT_EQ(traces_of(with_constant_density(s, 2)), one);
}

TEST(Density, waves_are_reciprocal) {
  test::SmallSurvey s = test::small_density_survey();
  const Point a{103, 0, 47}, b{371, 0, 288};   // in densities of 2.3 and 1.2, off the grid
  s.acquisition.sources = {a, b};
  s.acquisition.receivers = {b, a};
  s.acquisition.n_samples = 150;
  const auto there = traces_of(s, 0), back = traces_of(s, 1);
  const auto n = static_cast<std::ptrdiff_t>(s.acquisition.n_samples);
  const std::vector<double> at_b(there.begin(), there.begin() + n), at_a(back.begin() + n, back.end());
  EXPECT_GT(test::norm(at_b), 0);
  EXPECT_LT(test::relative_difference(at_b, at_a), 1e-12);
}

TEST(Density, a_free_surface_is_the_mirror_image) {
  test::SmallSurvey s = test::small_density_survey();
  s.options.top = Top::free_surface;
  const Grid g = s.grid;
  test::SmallSurvey mirrored = s;
  mirrored.options.top = Top::absorbing;
  mirrored.grid.nz = 2 * g.nz - 1;
  mirrored.grid.oz = -(g.nz - 1) * g.dz;
  mirrored.velocity.clear();
  std::vector<float> density;
  for (int iz = -(g.nz - 1); iz < g.nz; ++iz)
    for (int ix = 0; ix < g.nx; ++ix) {
      mirrored.velocity.push_back(s.velocity[std::abs(iz) * g.nx + ix]);
      density.push_back((*s.options.density)[std::abs(iz) * g.nx + ix]);
    }
  mirrored.options.density = std::make_shared<std::vector<float>>(density);
  s.options.dt = mirrored.options.dt = 0.0005;
  s.acquisition.sources = {{150, 0, 22.1}};
  s.acquisition.receivers = {{200, 0, 0}, {260, 0, 3.1}, {333, 0, 9}, {123, 0, 31.4}, {70, 0, 100}};
  mirrored.acquisition = s.acquisition;
  mirrored.acquisition.sources.push_back({150, 0, -22.1});
  mirrored.acquisition.encodings = {{1.0, -1.0}};
  const auto a = traces_of(s), b = traces_of(mirrored);
  EXPECT_GT(test::norm(b), 0);
  EXPECT_LT(test::relative_difference(a, b), 1e-13);
  const std::vector<double> on_the_surface(a.begin(), a.begin() + s.acquisition.n_samples);
  EXPECT_EQ(test::norm(on_the_surface), 0);
}

TEST(Density, refuses_what_cannot_be) {
  test::SmallSurvey s = test::small_density_survey();
  const auto message = [&] {
    try {
      Propagator<float>(s.subdomain(), s.options, s.acquisition, s.velocity);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(), "");
  std::vector<float> density = *s.options.density;
  density[3 * s.grid.nx + 7] = 0;
  s.options.density = std::make_shared<std::vector<float>>(density);
  EXPECT_NE(message().find("(3, 0, 7)"), std::string::npos);
  density.pop_back();
  s.options.density = std::make_shared<std::vector<float>>(density);
  EXPECT_NE(message().find("values"), std::string::npos);
  s.options.density = test::small_density_survey().options.density;
  s.options.dt = 1.001 * stable_time_step(s.grid, s.options, *std::max_element(s.velocity.begin(), s.velocity.end()));
  EXPECT_NE(message().find("this density"), std::string::npos);
}

}  // namespace bornflow
