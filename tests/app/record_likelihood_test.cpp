#include "src/app/posterior/record_likelihood.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/app/waves_experiment.hpp"

/// The likelihood of shot records, against its formula with J x of the experiment itself.
namespace bornflow {

using test::Waves;

namespace {

constexpr double sigma = 2.5e-7;

class RecordLikelihoodTest : public ::testing::Test {
protected:
  RecordLikelihoodTest() : records_(waves_.experiment().simulate_born_data(5, waves_.experiment().draw_image(5))) {
    for (int i = 0; i < 2; ++i) {
      const std::vector<float> image = waves_.experiment().draw_image(20 + i);
      std::copy(image.begin(), image.end(), images_.row(i));
    }
  }

  /// |d - J x|^2 of one shot.
  double energy(int image, int shot) {
    const std::vector<float> x(images_.row(image), images_.row(image) + images_.size), traces = waves_.clean(x);
    double sum = 0;
    for (std::size_t i = shot * waves_.shot_size(); i < (shot + 1) * waves_.shot_size(); ++i)
      sum += std::pow(double(records_[i]) - traces[i], 2);
    return sum;
  }

  Waves waves_{0.1, "white"};
  std::vector<float> records_;
  RecordLikelihood likelihood_{waves_.experiment(), records_, sigma};
  Batch images_{2, likelihood_.model_size()};
};

}  // namespace

TEST_F(RecordLikelihoodTest, is_gaussian_and_weighs_some_shots_as_all) {
  for (const std::vector<int>& shots : {std::vector<int>{0, 1, 2}, {2, 0}, {1}}) {
    const LogValues found = likelihood_.with_gradients(images_, shots);
    for (int i = 0; i < 2; ++i) {
      double sum = 0;
      for (const int shot : shots) sum += energy(i, shot);
      const double expected = -0.5 * sum / (sigma * sigma) * 3 / static_cast<double>(shots.size());
      EXPECT_NEAR(found.values[i], expected, 1e-4 * std::abs(expected)) << shots.size() << " shots";
    }
  }
}

// The function is quadratic: central differences of any step are exact but for the rounding of single-precision waves.
TEST_F(RecordLikelihoodTest, has_the_gradient_of_its_values) {
  const std::vector<int> shots = {2, 0};
  const LogValues at = likelihood_.with_gradients(images_, shots);
  Batch direction(2, images_.size);
  for (int i = 0; i < 2; ++i) {
    const std::vector<float> image = waves_.experiment().draw_image(40 + i);
    std::copy(image.begin(), image.end(), direction.row(i));
  }
  Batch above = images_, below = images_;
  for (std::size_t k = 0; k < images_.values.size(); ++k) above.values[k] += direction.values[k], below.values[k] -= direction.values[k];
  const LogValues upper = likelihood_.with_gradients(above, shots), lower = likelihood_.with_gradients(below, shots);
  for (int i = 0; i < 2; ++i) {
    double slope = 0;
    for (int k = 0; k < images_.size; ++k) slope += at.gradients.row(i)[k] * direction.row(i)[k];
    const double difference = 0.5 * (upper.values[i] - lower.values[i]);
    EXPECT_GT(std::abs(difference), 1e-3 * std::abs(at.values[i]));
    EXPECT_NEAR(slope, difference, 1e-3 * std::abs(difference));
  }
}

TEST_F(RecordLikelihoodTest, tells_the_root_mean_square_of_what_is_left) {
  double sum = 0;
  for (int i = 0; i < 2; ++i)
    for (int shot = 0; shot < 3; ++shot) sum += energy(i, shot);
  const double expected = std::sqrt(sum / (6.0 * static_cast<double>(waves_.shot_size())));
  EXPECT_NEAR(likelihood_.residual(images_), expected, 1e-4 * expected);
}

}  // namespace bornflow
