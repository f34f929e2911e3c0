#include "solvers/survey/low_pass.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/solvers/small_survey.hpp"

namespace bornflow {

// A long sine comes out with the amplitude of the formula: 1/sqrt(2) at the corner.
TEST(LowPass, has_the_response_that_its_header_gives) {
  const double corner = 5, interval = 0.004, pi = 3.14159265358979323846;
  for (const double frequency : {0.5, 5.0, 10.0, 15.0}) {
    std::vector<double> wave(4000);
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = std::sin(2 * pi * frequency * i * interval);
    low_pass(corner, interval, 1, wave.size(), wave.data());
    double most = 0;
    for (std::size_t i = 1000; i < 3000; ++i) most = std::max(most, std::abs(wave[i]));
    const double s = std::sqrt(std::log(2.0)) / (2 * pi * corner);
    EXPECT_NEAR(most, std::exp(-0.5 * std::pow(2 * pi * frequency * s, 2)), 1e-3) << frequency << " Hz";
  }
}

TEST(LowPass, delays_by_what_it_says_and_is_causal) {
  std::vector<double> pulse(200, 0.0);
  pulse[20] = 1;
  low_pass(5.0, 0.002, 1, pulse.size(), pulse.data());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(pulse[static_cast<std::size_t>(i)], 0) << i;
  const auto peak = std::max_element(pulse.begin(), pulse.end()) - pulse.begin();
  EXPECT_NEAR((static_cast<double>(peak) - 20) * 0.002, low_pass_delay(5.0), 0.001);
}

TEST(LowPass, keeps_traces_apart) {
  std::vector<float> traces(200, 0.0f);
  traces[90] = 1;
  low_pass(5.0, 0.004, 2, 100, traces.data());
  for (std::size_t i = 100; i < 200; ++i) EXPECT_EQ(traces[i], 0.0f);
}

// What multiscale inversion rests on: the data of the filtered wavelet are the filtered data, though one is sampled at
// the time step and the other at the sample interval.
TEST(LowPass, of_the_wavelet_is_that_of_the_data) {
  auto s = test::small_survey(48, 40, 100, 0.004);
  s.acquisition.peak_frequency = 15;
  Propagator<double> full(s.subdomain(), s.options, s.acquisition, s.velocity);
  ASSERT_GT(full.substeps(), 1);
  std::vector<double> filtered(full.traces_size()), simulated(filtered.size());
  full.forward(0, filtered.data());
  low_pass(8.0, s.acquisition.sample_interval, s.acquisition.receivers.size(), 100, filtered.data());
  s.acquisition.low_pass = 8;
  Propagator<double> low(s.subdomain(), s.options, s.acquisition, s.velocity);
  low.forward(0, simulated.data());
  EXPECT_LT(test::relative_difference(simulated, filtered), 1e-3);   // measured 2e-4, the cut ends of the Gaussian
}

}  // namespace bornflow
