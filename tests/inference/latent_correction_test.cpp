#include "bornflow/inference/methods/latent_correction.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/numerics/dense_matrix.hpp"

/// An affine map and linear data with white noise: the best normal latents are known in closed form.
namespace bornflow {

namespace {

constexpr int size = 6, data_per_shot = 3, n_shots = 4;
constexpr double sigma = 0.4;

/// Ones on the diagonal, and normal numbers of deviation 0.3: well conditioned, but with every latent in all data.
DenseMatrix mixing_matrix(int rows, int columns, std::uint64_t number) {
  DenseMatrix a(rows, columns);
  a.values = normal_batch(1, rows * columns, 5, Purpose::test, number).values;
  for (double& value : a.values) value *= 0.3;
  for (int i = 0; i < rows; ++i) a(i, i % columns) += 1;
  return a;
}

/// x = shift + L z.
class AffineMap final : public LatentMap {
public:
  int latent_size() const override { return size; }
  int model_size() const override { return size; }
  Batch models(const Batch& z) override {
    Batch x(z.count, size);
    for (int i = 0; i < z.count; ++i) {
      const auto moved = apply(matrix, z.row(i));
      for (int c = 0; c < size; ++c) x.row(i)[c] = shift[c] + moved[c];
    }
    return x;
  }
  Batch pull_back(const Batch& z, const Batch& dx) override {
    Batch dz(z.count, size);
    for (int i = 0; i < z.count; ++i) {
      const auto back = apply_transposed(matrix, dx.row(i));
      std::copy(back.begin(), back.end(), dz.row(i));
    }
    return dz;
  }
  DenseMatrix matrix = mixing_matrix(size, size, 0);
  std::vector<double> shift = normal_batch(1, size, 5, Purpose::test, 1).values;
};

class LinearShots final : public ShotLikelihood {
public:
  int model_size() const override { return size; }
  int shots() const override { return n_shots; }
  LogValues with_gradients(const Batch& x, const std::vector<int>& numbers) override {
    LogValues result{std::vector<double>(x.count), Batch(x.count, size)};
    const double weight = double(n_shots) / static_cast<double>(numbers.size()) / (sigma * sigma);
    for (int i = 0; i < x.count; ++i) {
      std::vector<double> residual(n_shots * data_per_shot, 0.0);
      const auto data = apply(matrix, x.row(i));
      for (const int shot : numbers)
        for (int k = shot * data_per_shot; k < (shot + 1) * data_per_shot; ++k) {
          residual[k] = weight * (observed[k] - data[k]);
          result.values[i] -= 0.5 * residual[k] * (observed[k] - data[k]);
        }
      const auto score = apply_transposed(matrix, residual.data());
      std::copy(score.begin(), score.end(), result.gradients.row(i));
    }
    return result;
  }
  DenseMatrix matrix = mixing_matrix(n_shots * data_per_shot, size, 2);
  std::vector<double> observed = normal_batch(1, n_shots * data_per_shot, 5, Purpose::test, 3).values;
};

/// The latents of least KL: in z the posterior is normal with precision P = I + (A L)^T A L / sigma^2, so their mean is its
/// mean, and each deviation 1/sqrt(P_kk).
LatentGaussian best_latents(const AffineMap& map, const LinearShots& data) {
  const DenseMatrix a = product(data.matrix, map.matrix);
  DenseMatrix precision = product(transposed(a), a);
  for (double& value : precision.values) value /= sigma * sigma;
  for (int c = 0; c < size; ++c) precision(c, c) += 1;
  std::vector<double> residual = data.observed, at_shift = apply(data.matrix, map.shift.data());
  for (std::size_t k = 0; k < residual.size(); ++k) residual[k] = (residual[k] - at_shift[k]) / (sigma * sigma);
  LatentGaussian best{Cholesky(precision).solve(apply_transposed(a, residual.data())), std::vector<double>(size)};
  for (int c = 0; c < size; ++c) best.deviation[c] = 1 / std::sqrt(precision(c, c));
  return best;
}

CorrectionOptions options_of(int passes, int shots, int latents) {
  CorrectionOptions options;
  options.schedule.epochs = passes;
  options.schedule.batch = shots;
  options.schedule.seed = 3;
  options.schedule.learning_rate = [](std::int64_t step, std::int64_t steps) {
    return 0.05 * (1 + std::cos(3.14159265358979 * static_cast<double>(step) / static_cast<double>(steps))) / 2;
  };
  options.latents = latents;
  return options;
}

const auto nothing = [](int) {};

}  // namespace

// With pairs e, -e and all shots the gradient of the mean is exact, and Adam's last steps are small: 0.2 % of a deviation.
// That of a deviation scatters from update to update; steps that fall to zero leave a few per cent.
TEST(LatentCorrection, finds_the_best_latents_of_an_affine_map) {
  AffineMap map;
  LinearShots data;
  const LatentGaussian best = best_latents(map, data);
  const LatentCorrection found = correct_latents(map, data, options_of(1500, n_shots, 8), nothing);
  ASSERT_EQ(found.objective.size(), 1500u);
  for (int c = 0; c < size; ++c) {
    EXPECT_NEAR(found.latent.mean[c], best.mean[c], 2e-3 * best.deviation[c]) << c;
    EXPECT_NEAR(found.latent.deviation[c], best.deviation[c], 0.05 * best.deviation[c]) << c;
  }
}

// One shot and one latent at a time see the whole on average.
TEST(LatentCorrection, parts_of_the_shots_lead_to_the_same) {
  AffineMap map;
  LinearShots data;
  const LatentGaussian best = best_latents(map, data);
  int calls = 0;
  const LatentCorrection found = correct_latents(map, data, options_of(2000, 1, 1), [&](int n) { EXPECT_EQ(n, ++calls); });
  EXPECT_EQ(calls, 2000 * n_shots);
  for (int c = 0; c < size; ++c) {
    EXPECT_NEAR(found.latent.mean[c], best.mean[c], 0.5 * best.deviation[c]) << c;
    EXPECT_NEAR(found.latent.deviation[c], best.deviation[c], 0.2 * best.deviation[c]) << c;
  }
}

// Where the data say nothing, the flow's own latents stay as they are: their gradient is exactly zero.
TEST(LatentCorrection, leaves_alone_what_data_do_not_tell) {
  AffineMap map;
  LinearShots data;
  for (int k = 0; k < data.matrix.rows; ++k) data.matrix(k, 0) = 0;   // nothing of x_0,
  map.matrix = DenseMatrix::identity(size);                           // which is z_0
  const LatentCorrection found = correct_latents(map, data, options_of(50, 2, 2), nothing);
  EXPECT_EQ(found.latent.mean[0], 0);
  EXPECT_EQ(found.latent.deviation[0], 1);
  EXPECT_NE(found.latent.mean[1], 0);
}

// 0.5 (m^2 + s^2 - 1) - log s.
TEST(LatentCorrection, divergence_from_standard_latents) {
  EXPECT_EQ(LatentGaussian::standard(3).divergence_from_standard(), 0);
  const LatentGaussian latent{{0.5, 0}, {2, 1}};
  EXPECT_NEAR(latent.divergence_from_standard(), 0.5 * (0.25 + 3) - std::log(2.0), 1e-14);
}

TEST(LatentCorrection, says_when_it_diverges) {
  AffineMap map;
  LinearShots data;
  data.observed[0] = NAN;
  try {
    correct_latents(map, data, options_of(2, n_shots, 1), nothing);
    FAIL();
  } catch (const NumericalError& error) {
    EXPECT_NE(std::string(error.what()).find("learning_rate"), std::string::npos);
  }
}

}  // namespace bornflow
