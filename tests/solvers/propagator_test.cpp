#include "solvers/acoustic/propagator.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "bornflow/base/error.hpp"
#include "tests/solvers/density_survey.hpp"

namespace bornflow {

namespace {

template <class T>
Propagator<T> make_propagator(const test::SmallSurvey& s) {
  return Propagator<T>(s.subdomain(), s.options, s.acquisition, s.velocity);
}

template <class T>
void expect_wavelet_transpose(const test::SmallSurvey& s, const char* name) {
  auto propagator = make_propagator<T>(s);
  const auto wavelet = test::random_values<T>(propagator.steps(), 1);
  const auto traces = test::random_values<T>(propagator.traces_size(), 2);
  std::vector<T> predicted(traces.size()), adjoint(wavelet.size());
  propagator.forward(0, wavelet.data(), predicted.data());
  propagator.wavelet_adjoint(0, traces.data(), adjoint.data());
  const double gap = std::abs(test::dot(predicted, traces) - test::dot(wavelet, adjoint)) /
                     (test::norm(predicted) * test::norm(traces));
  std::printf("%-24s %.1e\n", name, gap);
  EXPECT_LE(gap, test::dot_test_bound<T>());
}

std::string refusal(const test::SmallSurvey& s) {
  try {
    make_propagator<float>(s);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

/// Of illuminate against the field itself, as receivers on grid points with a sample at every step record it: the largest
/// relative difference at points with different densities.
double illumination_error(const test::SmallSurvey& s) {
  auto propagator = make_propagator<double>(s);
  std::vector<double> energy(propagator.image_size());
  propagator.illuminate(1, energy.data());

  auto at_points = s;
  const std::vector<std::pair<int, int>> points = {{20, 13}, {20, 17}, {31, 24}};   // (ix, iz)
  at_points.acquisition.receivers.clear();
  for (const auto& [ix, iz] : points) at_points.acquisition.receivers.push_back({ix * s.grid.dx, 0, iz * s.grid.dz});
  at_points.acquisition.sample_interval = at_points.options.dt = propagator.dt();
  at_points.acquisition.n_samples = propagator.steps() + 1;
  auto recorder = make_propagator<double>(at_points);
  std::vector<double> traces(recorder.traces_size());
  recorder.forward(1, traces.data());
  double error = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const double* u = traces.data() + k * at_points.acquisition.n_samples;
    const std::size_t point = static_cast<std::size_t>(points[k].second) * s.grid.nx + points[k].first;
    const double density = s.options.density ? (*s.options.density)[point] : 1;
    double expected = 0;
    for (int n = 0; n < propagator.steps(); ++n) {
      const double before = n > 0 ? u[n - 1] : 0.0;
      expected += std::pow((u[n + 1] - 2 * u[n] + before) / (std::pow(propagator.dt(), 2) * density), 2);
    }
    EXPECT_GT(expected, 0);
    error = std::max(error, std::abs(energy[point] / expected - 1));
  }
  return error;
}

}  // namespace

TEST(Propagator, is_the_transpose_of_its_adjoint_in_the_wavelet) {
  for (int order = 2; order <= 16; order += 2) {
    auto s = test::small_survey();
    s.options.space_order = order;
    expect_wavelet_transpose<double>(s, ("double, order " + std::to_string(order)).c_str());
    expect_wavelet_transpose<float>(s, ("float, order " + std::to_string(order)).c_str());
  }
  auto s = test::small_survey();
  s.acquisition.sample_interval *= 3;
  expect_wavelet_transpose<double>(s, "double, long samples");
}

// The matrix of all steps is symmetric up to reversal of time, so source and receiver can be exchanged to rounding.
TEST(Propagator, is_reciprocal) {
  auto s = test::small_survey();
  const Point a{93.3, 0, 41}, b{401, 0, 222.2};
  s.acquisition.sources = {a, b};
  s.acquisition.receivers = {a, b};
  auto propagator = make_propagator<double>(s);
  const std::size_t n = s.acquisition.n_samples;
  std::vector<double> from_a(2 * n), from_b(2 * n);
  propagator.forward(0, from_a.data());
  propagator.forward(1, from_b.data());
  const std::vector<double> ab(from_a.begin() + n, from_a.end()), ba(from_b.begin(), from_b.begin() + n);
  std::printf("relative difference %.1e\n", test::relative_difference(ab, ba));
  EXPECT_LT(test::relative_difference(ab, ba), 1e-13);
}

TEST(Propagator, single_and_double_precision_agree) {
  const auto s = test::small_survey(48, 40, 200);
  auto single = make_propagator<float>(s);
  auto twice = make_propagator<double>(s);
  std::vector<float> a(single.traces_size());
  std::vector<double> b(a.size());
  single.forward(0, a.data());
  twice.forward(0, b.data());
  const double difference = test::relative_difference(std::vector<double>(a.begin(), a.end()), b);
  std::printf("relative difference %.1e after %d steps\n", difference, single.steps());
  EXPECT_LT(difference, 1e-4);   // about steps * eps
}

TEST(Propagator, storing_the_background_changes_the_traces_by_rounding_alone) {
  const auto s = test::small_survey();
  auto propagator = make_propagator<float>(s);
  std::vector<float> a(propagator.traces_size()), b(a.size());
  propagator.forward(1, a.data());
  propagator.forward_storing(1, b.data(), *propagator.make_background());
  EXPECT_LT(test::relative_difference(a, b), 1e-5);
}

TEST(Propagator, refuses_an_unstable_time_step) {
  auto s = test::small_survey();
  const double limit = make_propagator<float>(s).time_axis().stable_dt;
  s.options.dt = s.acquisition.sample_interval = 1.001 * limit;
  EXPECT_NE(refusal(s).find("unstable"), std::string::npos) << refusal(s);
  s.options.dt = s.acquisition.sample_interval = 0.999 * limit;
  s.acquisition.n_samples = 3000;
  ASSERT_EQ(refusal(s), "");
  auto propagator = make_propagator<float>(s);   // the limit is sharp: just below it, nothing grows
  std::vector<float> traces(propagator.traces_size());
  propagator.forward(0, traces.data());
  float early = 0, late = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    float& part = i % 3000 < 1500 ? early : late;
    part = std::max(part, std::abs(traces[i]));
  }
  EXPECT_LT(late, 0.05 * early);
}

TEST(Propagator, chooses_stable_steps_that_divide_the_sample_interval) {
  auto s = test::small_survey();
  s.acquisition.sample_interval = 0.007;
  const auto propagator = make_propagator<float>(s);
  EXPECT_NEAR(propagator.dt() * propagator.substeps(), 0.007, 1e-15);
  EXPECT_LE(propagator.time_axis().cfl_number(), 0.9 + 1e-9);
  EXPECT_GT(0.007 / (propagator.substeps() - 1), 0.9 * propagator.time_axis().stable_dt);
  s.options.dt = 0.0011;
  EXPECT_NE(refusal(s).find("does not divide"), std::string::npos) << refusal(s);
}

TEST(Propagator, refuses_what_cannot_be) {
  auto s = test::small_survey();
  s.acquisition.sources[1].z = -1;
  EXPECT_NE(refusal(s).find("Source 1 of 3"), std::string::npos) << refusal(s);
  s = test::small_survey();
  s.velocity[100] = -5;
  EXPECT_NE(refusal(s).find("(2, 0, 4)"), std::string::npos) << refusal(s);
  s.velocity.pop_back();
  EXPECT_NE(refusal(s).find("values"), std::string::npos) << refusal(s);
  s = test::small_survey();
  s.options.space_order = 7;
  EXPECT_NE(refusal(s).find("space order"), std::string::npos) << refusal(s);
  s = test::small_survey();
  s.options.layer_width = -1;
  EXPECT_NE(refusal(s).find("layer"), std::string::npos) << refusal(s);
}

TEST(Propagator, names_step_and_place_of_a_nan) {
  auto s = test::small_survey(48, 40, 400, 0.001);
  auto propagator = make_propagator<float>(s);
  std::vector<float> wavelet(propagator.steps(), 0.0f), traces(propagator.traces_size());
  wavelet[120] = std::numeric_limits<float>::quiet_NaN();
  try {
    propagator.forward(1, wavelet.data(), traces.data());
    FAIL() << "the NaN was not seen";
  } catch (const NumericalError& error) {
    EXPECT_NE(std::string(error.what()).find("before step 200"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("(iz, iy, ix)"), std::string::npos) << error.what();
  }
  propagator.forward(1, traces.data());   // and it leaves no trace in the next solve
  EXPECT_GT(test::norm(traces), 0);
}

// F is linear in the sources: a simultaneous shot records the weighted sum of the single ones, up to rounding.
TEST(Propagator, fires_encoded_sources_together) {
  auto s = test::small_survey();
  auto single = make_propagator<double>(s);
  s.acquisition.encodings = {{1, -1, 1}, {0.5, 2, -3}};
  auto together = make_propagator<double>(s);
  ASSERT_EQ(together.n_shots(), 2);
  std::vector<double> one(single.traces_size()), sum(one.size()), encoded(one.size());
  for (int shot = 0; shot < 2; ++shot) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (int source = 0; source < 3; ++source) {
      single.forward(source, one.data());
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += s.acquisition.encodings[shot][source] * one[i];
    }
    together.forward(shot, encoded.data());
    std::printf("shot %d: %.1e\n", shot, test::relative_difference(encoded, sum));
    EXPECT_LT(test::relative_difference(encoded, sum), 1e-12);
  }
  expect_wavelet_transpose<double>(s, "double, encoded");
  s.acquisition.encodings = {{1, 1}};
  EXPECT_NE(refusal(s).find("amplitudes"), std::string::npos);
}

// The second difference cancels some digits of the traces: 1e-9 leaves room for a loss of six.
TEST(Propagator, illuminates_with_the_energy_of_the_accelerations) {
  EXPECT_LT(illumination_error(test::small_survey()), 1e-9);
}

TEST(Propagator, illuminates_with_the_accelerations_over_the_density) {
  const auto s = test::small_density_survey();   // about 2.3 g/cm^3 at one of the points, 1.2 at the others
  EXPECT_LT(illumination_error(s), 1e-9);
}

}  // namespace bornflow
