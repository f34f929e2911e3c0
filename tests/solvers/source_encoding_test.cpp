#include "solvers/survey/source_encoding.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

std::vector<double> encoded(const std::vector<std::vector<double>>& single, const std::vector<double>& amplitudes) {
  std::vector<double> sum(single[0].size(), 0.0);
  for (std::size_t j = 0; j < single.size(); ++j)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += amplitudes[j] * single[j][i];
  return sum;
}

}  // namespace

TEST(SourceEncoding, is_gaussian_of_the_right_size_and_a_function_of_the_seed) {
  const auto w = gaussian_encodings(3, 400, 50);
  double square = 0, cross = 0;
  for (const auto& row : w)
    for (std::size_t j = 0; j < row.size(); ++j) {
      square += row[j] * row[j] / 50;
      cross += row[j] * row[(j + 1) % 50] / 50;
    }
  EXPECT_NEAR(square, 1, 0.03);   // sum over the shots of W_ij W_ij; its standard deviation is sqrt(2 / 20000) = 0.01
  EXPECT_NEAR(cross, 0, 0.03);
  EXPECT_EQ(w, gaussian_encodings(3, 400, 50));
  EXPECT_NE(w[0], gaussian_encodings(4, 400, 50)[0]);
}

TEST(SourceEncoding, of_J_is_the_combination_of_the_single_J) {
  auto s = test::small_survey();
  BornOperator<double> single(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  const auto image = test::random_values<double>(single.image_size(), 3);
  std::vector<std::vector<double>> traces(3, std::vector<double>(single.traces_size()));
  for (int shot = 0; shot < 3; ++shot) single.born(shot, 1, image.data(), traces[static_cast<std::size_t>(shot)].data());
  s.acquisition.encodings = gaussian_encodings(9, 2, 3);
  BornOperator<double> together(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  std::vector<double> result(single.traces_size());
  for (int shot = 0; shot < 2; ++shot) {
    together.born(shot, 1, image.data(), result.data());
    EXPECT_LT(test::relative_difference(result, encoded(traces, s.acquisition.encodings[static_cast<std::size_t>(shot)])),
              1e-12);
  }
}

// Oracle: the mean over encodings of the image of one simultaneous shot is the image of all single shots, with an error
// that falls as 1/sqrt(encodings).
TEST(SourceEncoding, gives_the_full_image_on_average) {
  auto s = test::small_survey(32, 28, 70);
  s.acquisition.sources = equispaced_line(4, 15, 280, 20);
  BornOperator<float> single(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  const std::size_t size = single.image_size();
  std::vector<std::vector<double>> data;
  std::vector<double> full(size, 0.0);
  std::vector<float> image(size), traces(single.traces_size());
  const auto truth = test::random_values<float>(size, 3);
  for (int shot = 0; shot < 4; ++shot) {
    single.born(shot, 1, truth.data(), traces.data());
    data.emplace_back(traces.begin(), traces.end());
    single.born_adjoint(shot, 1, traces.data(), image.data());
    for (std::size_t i = 0; i < size; ++i) full[i] += image[i];
  }
  // 256 encodings of one shot each are the 256 rows of one draw, times sqrt(256) to undo its normalisation.
  const int n = 256;
  s.acquisition.encodings = gaussian_encodings(21, n, 4);
  for (auto& row : s.acquisition.encodings)
    for (double& w : row) w *= std::sqrt(double(n));
  BornOperator<float> op(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  std::vector<double> sum(size, 0.0), mean_16, mean_256;
  for (int shot = 0; shot < n; ++shot) {
    const auto mixed = encoded(data, s.acquisition.encodings[static_cast<std::size_t>(shot)]);
    traces.assign(mixed.begin(), mixed.end());
    op.born_adjoint(shot, 1, traces.data(), image.data());
    for (std::size_t i = 0; i < size; ++i) sum[i] += image[i];
    if (shot + 1 == 16 || shot + 1 == n) {
      auto& mean = shot + 1 == 16 ? mean_16 : mean_256;
      for (const double v : sum) mean.push_back(v / (shot + 1));
    }
  }
  const double few = test::relative_difference(mean_16, full), many = test::relative_difference(mean_256, full);
  std::printf("distance to the full image: %.3f after 16, %.3f after 256 encodings\n", few, many);
  EXPECT_LT(many, 0.2);         // 1.5 / sqrt(256) expected from the cross terms of four sources, and the diagonal's spread
  EXPECT_LT(many, 0.6 * few);   // 1/4 expected
}

}  // namespace bornflow
