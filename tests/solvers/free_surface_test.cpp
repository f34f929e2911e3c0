#include <gtest/gtest.h>

#include "solvers/acoustic/operator_checks.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

test::SmallSurvey below_a_free_surface() {
  test::SmallSurvey s = test::small_survey();
  s.options.top = Top::free_surface;
  return s;
}

}  // namespace

// Below the surface the field is that of the mirrored model with the mirrored source fired with the other sign. The records
// end before the mirrored model's upper layer could matter. Points at every depth: on the surface, within the weights of
// it, and below.
TEST(FreeSurface, is_the_mirror_image) {
  test::SmallSurvey s = below_a_free_surface();
  const Grid g = s.grid;
  test::SmallSurvey mirrored = s;
  mirrored.options.top = Top::absorbing;
  mirrored.grid.nz = 2 * g.nz - 1;
  mirrored.grid.oz = -(g.nz - 1) * g.dz;
  mirrored.velocity.clear();
  for (int iz = -(g.nz - 1); iz < g.nz; ++iz)
    for (int ix = 0; ix < g.nx; ++ix) mirrored.velocity.push_back(s.velocity[std::abs(iz) * g.nx + ix]);
  for (const double depth : {4.3, 9.0, 22.1, 0.0}) {
    s.acquisition.sources = {{150, 0, depth}};
    s.acquisition.receivers = {{200, 0, 0}, {260, 0, 3.1}, {333, 0, 9}, {123, 0, 31.4}, {70, 0, 100}};
    mirrored.acquisition = s.acquisition;
    mirrored.acquisition.sources.push_back({150, 0, -depth});
    mirrored.acquisition.encodings = {{1.0, -1.0}};
    Propagator<double> with_surface(s.subdomain(), s.options, s.acquisition, s.velocity);
    Propagator<double> with_mirror(mirrored.subdomain(), mirrored.options, mirrored.acquisition, mirrored.velocity);
    std::vector<double> a(with_surface.traces_size()), b(a.size());
    with_surface.forward(0, a.data());
    with_mirror.forward(0, b.data());
    if (depth == 0) {
      EXPECT_EQ(test::norm(a), 0) << "a source on the surface has no effect";
      EXPECT_LT(test::norm(b), 1e-12);
      continue;
    }
    EXPECT_GT(test::norm(b), 0);
    EXPECT_LT(test::relative_difference(a, b), 1e-13) << "source at " << depth << " m";
    const std::vector<double> on_the_surface(a.begin(), a.begin() + s.acquisition.n_samples);
    EXPECT_EQ(test::norm(on_the_surface), 0);
  }
}

TEST(FreeSurface, has_exact_adjoints_and_derivatives) {
  const test::SmallSurvey s = below_a_free_surface();
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  BornOperator<double> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  BornOperator<float> single(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  BornOperator<double> fused(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 0);
  for (int shot = 0; shot < 3; ++shot) {
    EXPECT_LT(forward_transpose_gap(propagator, shot, 1), test::dot_test_bound<double>());
    EXPECT_LT(born_transpose_gap(born, shot, 2, 1), test::dot_test_bound<double>());
    EXPECT_LT(born_transpose_gap(single, shot, 1, 1), test::dot_test_bound<float>());
  }
  const auto image = test::random_values<double>(born.image_size(), 3);
  std::vector<double> stored(born.traces_size()), other(stored.size());
  born.born(0, 1, image.data(), stored.data());
  fused.born(0, 1, image.data(), other.data());
  EXPECT_LT(test::relative_difference(other, stored), 1e-13);

  TaylorSetup setup{s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9};
  setup.options.dt = make_time_axis(s.grid, s.options, s.acquisition, 1.01 * 2450).dt;
  const TaylorSlopes slopes = taylor_slopes(setup, 1, 1);
  EXPECT_NEAR(slopes.forward, 1, 0.02);
  EXPECT_NEAR(slopes.forward_less_born, 2, 0.04);
  EXPECT_NEAR(slopes.misfit_less_gradient, 2, 0.04);
}

}  // namespace bornflow
