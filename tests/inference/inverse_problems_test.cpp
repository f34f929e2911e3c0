#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/interval_calibration.hpp"
#include "bornflow/inference/numerics/mean_discrepancy.hpp"
#include "bornflow/inference/priors/uniform_ranges.hpp"
#include "bornflow/inference/problems/gaussian_mixture.hpp"
#include "bornflow/inference/problems/layered_tissue.hpp"
#include "bornflow/inference/problems/planar_arm.hpp"
#include "bornflow/inference/problems/star_cluster.hpp"

namespace bornflow {

namespace {

// sO2, then blood, scattering, anisotropy and thickness of each layer.
std::vector<double> equal_layers(double oxygen, double blood, double scattering, double thickness) {
  std::vector<double> x = {oxygen};
  for (int layer = 0; layer < LayeredTissue::layers; ++layer) x.insert(x.end(), {blood, scattering, 0.9, thickness});
  return x;
}

std::vector<double> data_of(const InverseProblem& problem, const std::vector<double>& x) {
  return simulate(problem, Batch(x)).values;
}

Batch column(const std::vector<double>& values) {
  Batch batch(static_cast<int>(values.size()), 1);
  batch.values = values;
  return batch;
}

}  // namespace

TEST(LayeredTissueTest, equal_layers_reflect_as_one_of_their_whole_thickness) {
  const LayeredTissue tissue(0.03);
  // Kubelka and Munk over black, written out for 600 nm: extinction 3200 and 14680, mu_s' of 500 nm times (600/500)^-1.3.
  const double oxygen = 0.7, blood = 0.05, scattering = 20, thickness = 0.3;
  const double mu_a = std::log(10.0) * blood * (150.0 / 64500) * (oxygen * 3200 + (1 - oxygen) * 14680);
  const double k = 2 * mu_a, s = 0.75 * scattering * std::pow(1.2, -1.3), a = 1 + k / s, b = std::sqrt(a * a - 1);
  const double depth = b * s * 3 * thickness / 10;
  const double expected = std::sinh(depth) / (a * std::sinh(depth) + b * std::cosh(depth));
  EXPECT_NEAR(tissue.reflectance(equal_layers(oxygen, blood, scattering, thickness).data(), 4), expected, 1e-12);
}

TEST(LayeredTissueTest, data_tell_of_oxygen_and_not_of_anisotropy_or_brightness) {
  const LayeredTissue tissue(0.03);
  const std::vector<double> x = equal_layers(0.5, 0.05, 20, 0.3);
  std::vector<double> other = x;
  for (int layer = 0; layer < LayeredTissue::layers; ++layer) other[3 + 4 * layer] = 0.81;
  EXPECT_EQ(data_of(tissue, x), data_of(tissue, other));
  other = x, other[0] = 0.9;
  // With oxygen, blood turns brighter at 600 nm and darker at 580 nm; the data have the mean zero whatever the light.
  const std::vector<double> before = data_of(tissue, x), after = data_of(tissue, other);
  EXPECT_GT(after[4] - after[3], before[4] - before[3] + 0.1);
  double sum = 0;
  for (double y : after) sum += y;
  EXPECT_NEAR(sum, 0, 1e-12);
}

TEST(LayeredTissueTest, what_overshoots_the_prior_is_taken_at_its_end) {
  const LayeredTissue tissue(0.03);
  std::vector<double> x = equal_layers(1, 0.15, 20, 0.3), beyond = x;
  beyond[0] = 1.2, beyond[1] = 0.4, x[4] = 0.05, beyond[4] = -1;
  EXPECT_EQ(data_of(tissue, x), data_of(tissue, beyond));
}

TEST(LayeredTissueTest, noise_is_what_data_have_of_it) {
  const LayeredTissue tissue(0.03);
  const Pairs pairs = draw_pairs(tissue, 200, 1, 0);
  const Batch clean = simulate(tissue, pairs.x);
  for (std::size_t i = 0; i < clean.values.size(); ++i)
    EXPECT_NEAR(clean.values[i] + pairs.noise.values[i], pairs.y.values[i], 1e-12);
  for (const double deviation : column_deviations(pairs.noise)) EXPECT_NEAR(deviation, 0.03, 0.006);
}

TEST(UniformRangesTest, normal_scores_are_quantiles_of_the_normal_distribution_and_come_back) {
  const UniformRanges ranges = {{"a", 2, 3}, {"b", -10, 10}};
  // Phi^-1 of 0.975 and 0.5, of 0.001 and 0.84134474606854293, from tables; an end has a score that is finite.
  Batch x(3, 2);
  x.values = {2.975, 0, 2.001, -10 + 20 * 0.84134474606854293, 2, 10};
  const Batch scores = normal_scores(ranges, x);
  EXPECT_NEAR(scores.values[0], 1.959963984540054, 1e-9);
  EXPECT_NEAR(scores.values[1], 0, 1e-9);
  EXPECT_NEAR(scores.values[2], -3.090232306167813, 1e-9);
  EXPECT_NEAR(scores.values[3], 1, 1e-9);
  EXPECT_NEAR(scores.values[4], -scores.values[5], 1e-9);
  const Batch back = of_normal_scores(ranges, scores);
  for (std::size_t i = 0; i < x.values.size(); ++i) EXPECT_NEAR(back.values[i], x.values[i], 3e-6);
}

TEST(StarClusterTest, lines_follow_dust_density_and_hardly_efficiency) {
  const StarCluster cluster(0.03);
  const std::vector<double> x = {4.5, 2, 1, 0, 0, 0.02};
  const std::vector<double> clean = data_of(cluster, x);
  EXPECT_NEAR(clean[4] - clean[1], std::log10(2.86), 1e-12);
  std::vector<double> other = x;
  other[4] = 1;   // one magnitude of extinction dims H beta by 0.4 * 1.16 decades and H alpha by 0.4 * 0.82
  EXPECT_NEAR(data_of(cluster, other)[1] - clean[1], -0.464, 1e-12);
  EXPECT_NEAR(data_of(cluster, other)[4] - clean[4], -0.328, 1e-12);
  other = x, other[2] = 4;
  EXPECT_NEAR(std::pow(10.0, clean[6] - clean[7]), 1.42, 0.02);
  EXPECT_NEAR(std::pow(10.0, data_of(cluster, other)[6] - data_of(cluster, other)[7]), 0.50, 0.02);
  other = x, other[5] = 0.3;
  for (int line = 0; line < StarCluster::lines; ++line) EXPECT_NEAR(data_of(cluster, other)[line], clean[line], 0.03);
}

TEST(PlanarArmTest, a_straight_arm_reaches_as_far_as_it_is_long) {
  const PlanarArm arm({});
  EXPECT_EQ(data_of(arm, {0.25, 0, 0, 0}), (std::vector<double>{0.25, 2}));
  // Angles of the segments: x2, x3 - x2, x4 - x3 - x2.
  const double right_angle = 0.5 * M_PI;
  const std::vector<double> up = data_of(arm, {0, right_angle, 2 * right_angle, 4 * right_angle});
  EXPECT_NEAR(up[0], 2, 1e-12);
  EXPECT_NEAR(up[1], 0, 1e-12);
}

// Mean squares of 2000 draws have a relative standard error of sqrt(2 / 2000) = 0.032; four are allowed.
TEST(PlanarArmTest, draws_have_their_deviations) {
  PlanarArm::Options options;
  const Pairs pairs = draw_pairs(PlanarArm(options), 2000, 1, 0);
  for (int c = 0; c < 4; ++c) {
    double square = 0;
    for (int i = 0; i < 2000; ++i) square += std::pow(pairs.x.row(i)[c] / options.deviations[c], 2) / 2000;
    EXPECT_NEAR(square, 1, 0.13) << c;
  }
}

TEST(GaussianMixtureTest, modes_are_the_corners_of_an_octagon_of_edge_two) {
  const GaussianMixture mixture({0, 1, 2, 3, 4, 5, 6, 7});
  for (int m = 0; m < GaussianMixture::modes; ++m) {
    EXPECT_NEAR(mixture.distance(mixture.centre(m), (m + 1) % GaussianMixture::modes), 2 / 0.2, 1e-12) << m;
    EXPECT_EQ(mixture.nearest_mode(mixture.centre(m)), m);
  }
}

TEST(GaussianMixtureTest, data_are_the_label_of_the_nearest_mode) {
  const GaussianMixture mixture({0, 0, 0, 0, 1, 1, 2, 3});
  EXPECT_EQ(mixture.data_size(), 4);
  EXPECT_EQ(data_of(mixture, {-1.2, 2.2}), (std::vector<double>{1, 0, 0, 0}));
  EXPECT_EQ(data_of(mixture, {1.2, -2.2}), (std::vector<double>{0, 0, 1, 0}));
  EXPECT_EQ(data_of(mixture, {2.2, -1.2}), (std::vector<double>{0, 0, 0, 1}));
}

// Of 4000 draws a mode has 500, with a standard error of 21; the mean square of the distance from it, 2 by two axes, has one
// of 2 / sqrt(500) = 0.09. Four of each are allowed.
TEST(GaussianMixtureTest, draws_fill_all_modes_alike) {
  const GaussianMixture mixture({0, 1, 2, 3, 4, 5, 6, 7});
  const Pairs pairs = draw_pairs(mixture, 4000, 1, 0);
  std::vector<int> count(GaussianMixture::modes);
  std::vector<double> squares(GaussianMixture::modes);
  for (int i = 0; i < 4000; ++i) {
    const int mode = mixture.nearest_mode(pairs.x.row(i));
    ++count[mode];
    squares[mode] += std::pow(mixture.distance(pairs.x.row(i), mode), 2);
  }
  for (int m = 0; m < GaussianMixture::modes; ++m) {
    EXPECT_NEAR(count[m], 500, 84) << m;
    EXPECT_NEAR(squares[m] / count[m], 2, 0.36) << m;
  }
}

TEST(GaussianMixtureTest, refuses_labels_with_gaps_or_of_another_number) {
  EXPECT_THROW(GaussianMixture({0, 1, 2}), UserError);
  EXPECT_THROW(GaussianMixture({0, 0, 0, 0, 1, 1, 3, 3}), UserError);
  EXPECT_THROW(GaussianMixture({0, 0, 0, 0, 1, 1, 1, -1}), UserError);
}

TEST(MeanDiscrepancyTest, gradient_agrees_with_differences) {
  Batch a = normal_batch(7, 3, 1, Purpose::test);
  const Batch b = normal_batch(9, 3, 2, Purpose::test);
  const std::vector<double> widths = {0.3, 1};
  const DiscrepancyGradient found = discrepancy_gradient(a, b, widths, 2);
  for (int c = 0; c < 2; ++c) {
    const double at = a.row(4)[c], step = 0.01;
    a.row(4)[c] = at + step;
    const double above = discrepancy_gradient(a, b, widths, 2).value;
    a.row(4)[c] = at - step;
    const double below = discrepancy_gradient(a, b, widths, 2).value;
    a.row(4)[c] = at;
    EXPECT_NEAR(found.gradient.row(4)[c], (above - below) / (2 * step), 2e-4) << c;
  }
}

TEST(MeanDiscrepancyTest, tells_a_shift_from_none) {
  const Batch a = normal_batch(1500, 2, 1, Purpose::test);
  Batch b = normal_batch(1500, 2, 2, Purpose::test);
  EXPECT_LT(std::abs(squared_discrepancy(a, b, {0.5, 1})), 2e-3);
  for (double& value : b.values) value += 0.5;
  EXPECT_GT(squared_discrepancy(a, b, {0.5, 1}), 2e-2);
}

// k(d) = 1 / (1 + d^2): 1/2 between 0 and 1, 1/5 between 0 and 2, and 1, 1/5, 1/2, 1/2 from one set to the other.
TEST(MeanDiscrepancyTest, leaves_out_the_terms_of_a_sample_with_itself) {
  const Batch a = column({0, 1}), b = column({0, 2});
  EXPECT_NEAR(squared_discrepancy(a, b, {1}), 0.5 + 0.2 - 2 * (1 + 0.2 + 0.5 + 0.5) / 4, 1e-6);   // single precision inside
}

// Above all of three samples a truth is at 3.5 / 4, the edge of the interval of 3/4: inside those of k = 76 ... 100 of 101.
// The errors are then k / 101 for k <= 75 and (101 - k) / 101 above: their median lies between 25 and 26.
TEST(IntervalCalibrationTest, places_a_truth_among_the_samples_and_takes_the_median) {
  IntervalCalibration calibration(1);
  const double truth = 9;
  calibration.add(&truth, column({1, 2, 3}));
  const std::vector<double> inside = calibration.fractions(0);
  EXPECT_EQ(inside[75 - 1], 0);
  EXPECT_EQ(inside[76 - 1], 1);
  EXPECT_NEAR(calibration.error(0), 25.5 / 101, 1e-12);
}

TEST(IntervalCalibrationTest, exact_posteriors_are_calibrated_and_narrow_ones_are_not) {
  // x ~ N(0, 1), y = x + N(0, 1): the posterior is N(y / 2, 1 / 2).
  IntervalCalibration exact(1), narrow(1);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    RandomStream stream(5, Purpose::test, i);
    const double x = stream.normal(), y = x + stream.normal();
    Batch samples = normal_batch(99, 1, 6, Purpose::test, 99 * i), too_near(99, 1);
    for (int k = 0; k < 99; ++k) {
      too_near.row(k)[0] = 0.5 * y + 0.7 * std::sqrt(0.5) * samples.row(k)[0];
      samples.row(k)[0] = 0.5 * y + std::sqrt(0.5) * samples.row(k)[0];
    }
    exact.add(&x, samples), narrow.add(&x, too_near);
  }
  // 3000 truths scatter by 0.9 % at the most uncertain level.
  EXPECT_LT(exact.error(0), 0.02);
  EXPECT_GT(narrow.error(0), 0.06);
}

}  // namespace bornflow
