#include <gtest/gtest.h>

#include "solvers/acoustic/operator_checks.hpp"
#include "tests/solvers/density_survey.hpp"

/// J and its transpose where the density varies. J is the derivative with respect to m at constant density.
namespace bornflow {

namespace {

template <class T>
BornOperator<T> make_operator(const test::SmallSurvey& s, double memory = 1e9) {
  return BornOperator<T>(s.subdomain(), s.options, s.acquisition, s.velocity, {}, memory);
}

void expect_exact_transposes(const test::SmallSurvey& s, const std::string& what) {
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  auto born = make_operator<double>(s);
  auto single = make_operator<float>(s);
  for (int shot = 0; shot < 2; ++shot) {
    EXPECT_LT(forward_transpose_gap(propagator, shot, 1), test::dot_test_bound<double>()) << what;
    EXPECT_LT(born_transpose_gap(born, shot, 2, 1), test::dot_test_bound<double>()) << what;
    EXPECT_LT(born_transpose_gap(single, shot, 2, 1), test::dot_test_bound<float>()) << what;
  }
}

void expect_slopes(const test::SmallSurvey& s, const std::string& what) {
  TaylorSetup setup{s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9};
  setup.options.dt = make_time_axis(s.grid, s.options, s.acquisition, 1.01 * 2450).dt;
  const TaylorSlopes slopes = taylor_slopes(setup, 1, 1);
  EXPECT_NEAR(slopes.forward, 1, 0.02) << what;
  EXPECT_NEAR(slopes.forward_less_born, 2, 0.04) << what;
  EXPECT_NEAR(slopes.misfit_less_gradient, 2, 0.04) << what;
}

template <class T>
std::vector<T> migrated(const test::SmallSurvey& s) {
  auto born = make_operator<T>(s);
  std::vector<T> traces(born.traces_size()), image(born.image_size());
  born.forward(0, traces.data());
  born.born_adjoint(0, 1, traces.data(), image.data());
  return image;
}

// As tests/solvers/wavefield_store_test.cpp for a constant density: snapshots give the same bits, the way back its rounding,
// and 16 or 8 bits a gradient that points the same way.
void expect_every_storage(test::SmallSurvey s) {
  s.acquisition.n_samples = 150;
  s.options.dt = 0.0005;
  const auto full = migrated<float>(s);
  EXPECT_GT(test::norm(full), 0);
  s.options.storage = Storage::recompute;
  s.options.storage_memory = 5e5;
  EXPECT_EQ(migrated<float>(s), full);
  for (const Storage storage : {Storage::half, Storage::byte}) {
    s.options.storage = storage;
    const auto kept = migrated<float>(s);
    EXPECT_LT(1 - test::dot(kept, full) / (test::norm(kept) * test::norm(full)), 1e-4) << storage_name(storage);
  }
  s.options.storage = Storage::full;
  const auto exact = migrated<double>(s);
  s.options.storage = Storage::boundary;
  EXPECT_LT(test::relative_difference(migrated<double>(s), exact), 1e-10);
  s.options.top = Top::free_surface;
  const auto back = migrated<double>(s);
  s.options.storage = Storage::full;
  EXPECT_LT(test::relative_difference(back, migrated<double>(s)), 1e-10);
}

}  // namespace

TEST(DensityBorn, has_exact_transposes) {
  for (const int order : {2, 8, 16})
    for (const Top top : {Top::absorbing, Top::free_surface}) {
      test::SmallSurvey s = test::small_density_survey();
      s.options.space_order = order;
      s.options.top = top;
      expect_exact_transposes(s, "order " + std::to_string(order));
    }
  expect_exact_transposes(test::small_density_cube(), "three dimensions");
}

TEST(DensityBorn, has_exact_transposes_with_a_cpml) {
  for (const int order : {2, 8, 16})
    for (const Top top : {Top::absorbing, Top::free_surface}) {
      test::SmallSurvey s = test::with_cpml(test::small_density_survey(), order / 2 + 6);
      s.options.space_order = order;
      s.options.top = top;
      expect_exact_transposes(s, "order " + std::to_string(order));
    }
  expect_exact_transposes(test::with_cpml(test::small_density_cube(), 7), "three dimensions");
}

TEST(DensityBorn, is_the_derivative) {
  test::SmallSurvey s = test::small_density_survey();
  expect_slopes(s, "layer on top");
  s.options.top = Top::free_surface;
  expect_slopes(s, "free surface");
  expect_slopes(test::small_density_cube(), "three dimensions");
  expect_slopes(test::with_cpml(test::small_density_survey(), 10), "CPML");
}

TEST(DensityBorn, without_a_store_is_the_same) {
  const test::SmallSurvey s = test::small_density_survey();
  auto stored = make_operator<double>(s), fused = make_operator<double>(s, 0);
  const auto images = test::random_values<double>(2 * stored.image_size(), 3);
  std::vector<double> a(2 * stored.traces_size()), b(a.size());
  stored.born(0, 2, images.data(), a.data());
  fused.born(0, 2, images.data(), b.data());
  EXPECT_LT(test::relative_difference(b, a), 1e-13);
}

TEST(DensityBorn, has_every_storage) {
  expect_every_storage(test::small_density_survey());
  expect_every_storage(test::with_cpml(test::small_density_survey(), 10));
}

}  // namespace bornflow
