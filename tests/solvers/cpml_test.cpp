#include <gtest/gtest.h>

#include <cstdio>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/operator_checks.hpp"
#include "tests/solvers/small_survey.hpp"

/// Exactness of everything that the CPML takes part in; how well it absorbs is in cpml_accuracy_test.cpp.
namespace bornflow {

namespace {

test::SmallSurvey cpml_survey() {
  test::SmallSurvey s = test::small_survey();
  s.options.absorbing = Absorbing::cpml;
  s.acquisition.n_samples = 120;   // waves cross the layer and come back
  return s;
}

test::SmallSurvey cpml_survey_3d() {
  test::SmallSurvey s = test::small_survey(20, 18, 60);
  s.options.absorbing = Absorbing::cpml;
  s.options.layer_width = 7;
  s.grid.ny = 15, s.grid.dy = 11;
  s.velocity.clear();
  for (std::size_t i = 0; i < s.grid.size(); ++i) s.velocity.push_back(static_cast<float>(1600 + 600 * std::sin(0.01 * i)));
  for (Point& p : s.acquisition.receivers) p.y = 0.3 * p.x;
  s.acquisition.sources = {{60, 70, 30}, {0, 0, 20}};
  return s;
}

template <class T>
void expect_transposes(const test::SmallSurvey& s, const char* name) {
  BornOperator<T> born(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  Propagator<T> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  double waves = 0, images = 0;
  for (int shot = 0; shot < born.n_shots(); ++shot) {
    waves = std::max(waves, forward_transpose_gap(propagator, shot, 5));
    for (const int batch : {1, 3}) images = std::max(images, born_transpose_gap(born, shot, batch, 5));
  }
  std::printf("%s: F %.1e, J %.1e\n", name, waves, images);
  EXPECT_LT(waves, test::dot_test_bound<T>()) << name;
  EXPECT_LT(images, test::dot_test_bound<T>()) << name;
}

template <class T>
void expect_transposes_with_every_top(test::SmallSurvey s, const char* name) {
  expect_transposes<T>(s, name);
  s.options.top = Top::free_surface;
  expect_transposes<T>(s, name);
}

/// F, J and J^T of one shot, one after the other.
template <class T>
std::vector<T> everything(const test::SmallSurvey& s, double memory = 1e9) {
  BornOperator<T> op(s.subdomain(), s.options, s.acquisition, s.velocity, {}, memory);
  std::vector<T> result(op.traces_size()), traces(2 * op.traces_size()), migrated(2 * op.image_size());
  op.forward(1, result.data());
  op.born(1, 2, test::random_values<T>(migrated.size(), 5).data(), traces.data());
  result.insert(result.end(), traces.begin(), traces.end());
  if (memory == 0) return result;
  for (int pass = 0; pass < 2; ++pass) {   // a store can be read again
    op.born_adjoint(1, 2, test::random_values<T>(traces.size(), 6).data(), migrated.data());
    result.insert(result.end(), migrated.begin(), migrated.end());
  }
  return result;
}

}  // namespace

TEST(Cpml, has_exact_transposes_in_2d) {
  for (const int order : {2, 4, 8, 16}) {
    test::SmallSurvey s = cpml_survey();
    s.options.space_order = order;
    expect_transposes_with_every_top<double>(s, ("2-D, order " + std::to_string(order)).c_str());
  }
  expect_transposes_with_every_top<float>(cpml_survey(), "2-D, float");
}

TEST(Cpml, has_exact_transposes_in_3d) {
  expect_transposes_with_every_top<double>(cpml_survey_3d(), "3-D");
  expect_transposes_with_every_top<float>(cpml_survey_3d(), "3-D, float");
}

TEST(Cpml, has_exact_derivatives) {
  test::SmallSurvey s = cpml_survey();
  s.options.dt = 0.001;
  for (const Top top : {Top::absorbing, Top::free_surface}) {
    s.options.top = top;
    const TaylorSlopes slopes = taylor_slopes({s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9}, 0, 3);
    std::printf("slopes %.4f, %.4f, %.4f\n", slopes.forward, slopes.forward_less_born, slopes.misfit_less_gradient);
    EXPECT_NEAR(slopes.forward, 1, 0.02);
    EXPECT_NEAR(slopes.forward_less_born, 2, 0.04);
    EXPECT_NEAR(slopes.misfit_less_gradient, 2, 0.04);
  }
}

TEST(Cpml, gives_the_same_with_every_storage) {
  for (test::SmallSurvey s : {cpml_survey(), cpml_survey_3d()}) {
    if (!s.grid.is_2d()) s.acquisition.n_samples = 240;
    const auto full = everything<double>(s);
    s.options.storage = Storage::recompute;
    s.options.storage_memory = s.grid.is_2d() ? 8e5 : 7e6;   // some snapshots, and some steps at a time
    const Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
    ASSERT_GT(estimate_storage(Storage::recompute, propagator.storage_problem()).snapshots, 0);
    EXPECT_EQ(everything<double>(s), full);
    s.options.storage = Storage::boundary;
    const double difference = test::relative_difference(everything<double>(s), full);
    std::printf("boundary: %.1e\n", difference);
    EXPECT_LT(difference, 1e-10);
    const std::size_t n = propagator.traces_size();
    const auto traces_of = [n](const std::vector<double>& all) { return std::vector<double>(all.begin(), all.begin() + 3 * n); };
    for (const Storage storage : {Storage::half, Storage::byte}) {
      s.options.storage = storage;
      EXPECT_LT(test::relative_difference(traces_of(everything<double>(s)), traces_of(full)), 1e-12);   // Born runs fused
    }
  }
}

TEST(Cpml, gives_the_same_fused_as_stored) {
  for (const test::SmallSurvey& s : {cpml_survey(), cpml_survey_3d()}) {
    const auto fused = everything<float>(s, 0);
    auto stored = everything<float>(s);
    stored.resize(fused.size());
    EXPECT_LT(test::relative_difference(fused, stored), 1e-5);
  }
}

TEST(Cpml, counts_its_memory) {
  test::SmallSurvey s = cpml_survey();
  const auto bytes = [&](Absorbing absorbing, Storage storage) {
    s.options.absorbing = absorbing;
    s.options.storage = storage;
    s.options.storage_memory = 8e5;
    const Propagator<float> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
    return std::pair<double, double>(propagator.working_bytes(2), estimate_storage(storage, propagator.storage_problem()).bytes);
  };
  // Per axis: two variables of 2 slabs of 6 points and 4 bands of 4 zeros, on the 68 x 60 points of the padded grid.
  const double memory = 4.0 * 2 * 28 * (68 + 60);
  EXPECT_EQ(bytes(Absorbing::cpml, Storage::full).first - bytes(Absorbing::damping, Storage::full).first, 3 * memory);
  EXPECT_EQ(bytes(Absorbing::cpml, Storage::full).second, bytes(Absorbing::damping, Storage::full).second);
  s.options.absorbing = Absorbing::cpml;
  const PaddedLayout layout(s.subdomain(), s.options, 4);
  EXPECT_EQ(4.0 * layout.memory_size, memory);
  EXPECT_EQ(Wavefield<float>(layout, 3, 0).memory.extent(0), 3u * layout.memory_size);
}

TEST(Cpml, refuses_a_layer_that_is_all_transition_or_too_wide) {
  test::SmallSurvey s = cpml_survey();
  s.options.layer_width = 4;
  try {
    everything<float>(s);
    FAIL() << "4 points of a CPML of order 8 absorb nothing";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("Choose 10 points or more"), std::string::npos) << error.what();
  }
  s.options.layer_width = widest_cpml + 1;
  EXPECT_THROW(everything<float>(s), UserError);
  s.options.layer_width = 0;   // no layer: nothing to refuse
  EXPECT_GT(test::norm(everything<float>(s)), 0);
}

}  // namespace bornflow
