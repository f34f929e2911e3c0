#include <gtest/gtest.h>

#include <cmath>

#include "bornflow/base/error.hpp"
#include "flow_checks.hpp"
#include "flows/layers/act_norm.hpp"
#include "flows/layers/channel_kernels.hpp"
#include "flows/layers/elementary_functions.hpp"
#include "flows/layers/householder_mixing.hpp"
#include "flows/layers/squeeze.hpp"

namespace bornflow {

namespace {
using namespace test;
}

TEST(LayerSqueeze, is_orthonormal_and_undone_exactly) {
  for (auto kind : {Squeeze::haar, Squeeze::checkerboard}) {
    const auto x = random_tensor<double>(2, 6, 4, 3, 1);
    const auto z = squeeze(x, kind);
    EXPECT_EQ(z.h, 3);
    EXPECT_EQ(z.w, 2);
    EXPECT_EQ(z.c, 12);
    EXPECT_NEAR(norm(to_host(z.data)), norm(to_host(x.data)), 1e-14 * norm(to_host(x.data)));
    EXPECT_LT(relative_difference(to_host(unsqueeze(z, kind).data), to_host(x.data)), 1e-15);
    const auto u = random_tensor<double>(2, 3, 2, 12, 2);  // <S x, u> = <x, S^T u>
    EXPECT_NEAR(dot(to_host(z.data), to_host(u.data)), dot(to_host(x.data), to_host(unsqueeze(u, kind).data)), 1e-13);
  }
}

TEST(LayerSqueeze, orders_the_quadrants) {
  Tensor<double> x(1, 2, 2, 1);
  from_host({1, 2, 4, 8}, x.data);
  EXPECT_EQ(to_host(squeeze(x, Squeeze::checkerboard).data), (Vector{1, 2, 4, 8}));
  // Mean, left - right, top - bottom, diagonal - antidiagonal, each halved.
  EXPECT_EQ(to_host(squeeze(x, Squeeze::haar).data), (Vector{7.5, -2.5, -4.5, 1.5}));
}

TEST(LayerSqueeze, refuses_odd_images_and_unknown_names) {
  EXPECT_THROW(squeeze(Tensor<float>(1, 3, 4, 1), Squeeze::haar), Error);
  EXPECT_THROW(squeeze_from_name("wavelet"), UserError);
}

TEST(LayerActNorm, initialisation_normalises_that_batch) {
  for (int channels : {1, 3, 16, 20}) {
    Parameters<double> parameters;
    ActNorm<double> layer({&parameters, std::make_shared<Workspace<double>>()}, "norm", channels);
    parameters.allocate();
    auto x = random_tensor<double>(3, 5, 7, channels, 1, 40.0);
    scale_and_shift_channels(x, Vector(channels, 1.0), random_vector(channels, 2));
    layer.initialise_from_data(x);
    std::vector<double> log_det(3, 0.0);
    layer.forward(x, {}, log_det);
    const Vector sums = channel_sums(x), squares = channel_sums_of_squares(x, Vector(channels, 0.0));
    for (int c = 0; c < channels; ++c) {
      EXPECT_NEAR(sums[c] / 105, 0, 1e-13);
      EXPECT_NEAR(squares[c] / 104, 1, 1e-13);
    }
  }
}

TEST(LayerActNorm, a_channel_that_never_varies_keeps_a_finite_scale) {
  Parameters<double> parameters;
  ActNorm<double> layer({&parameters, std::make_shared<Workspace<double>>()}, "norm", 1);
  parameters.allocate();
  Tensor<double> x(2, 4, 4, 1);
  Kokkos::deep_copy(x.data, 5.0);
  layer.initialise_from_data(x);
  std::vector<double> log_det(2, 0.0);
  layer.forward(x, {}, log_det);
  EXPECT_NEAR(norm(to_host(x.data)), 0, 1e-9);
  EXPECT_TRUE(std::isfinite(log_det[0]));
}

TEST(LayerHouseholder, keeps_lengths) {
  Parameters<double> parameters;
  HouseholderMixing<double> layer({&parameters, std::make_shared<Workspace<double>>()}, "mixing", 8);
  parameters.allocate();
  RandomStream stream(1, Purpose::test, 0);
  layer.initialise_weights(stream);
  auto x = random_tensor<double>(2, 3, 3, 8, 1);
  const double before = norm(to_host(x.data));
  std::vector<double> log_det(2, 0.0);
  layer.forward(x, {}, log_det);
  EXPECT_NEAR(norm(to_host(x.data)), before, 1e-13 * before);
  EXPECT_EQ(log_det, Vector(2, 0.0));
}

// Two units in the last place of a float are 2.4e-7.
TEST(LayerElementaryFunctions, single_precision_is_accurate) {
  double worst_exp = 0, worst_atan = 0;
  for (int i = -400000; i <= 400000; ++i) {
    const float x = 1e-4f * static_cast<float>(i);
    worst_exp = std::max(worst_exp, std::abs(exponential(x) / std::exp(static_cast<double>(x)) - 1));
    if (i) worst_atan = std::max(worst_atan, std::abs(arc_tangent(x) / std::atan(static_cast<double>(x)) - 1));
  }
  EXPECT_LT(worst_exp, 2.4e-7);
  EXPECT_LT(worst_atan, 2.4e-7);
  EXPECT_EQ(exponential(0.0f), 1.0f);
  EXPECT_EQ(arc_tangent(0.0f), 0.0f);
  EXPECT_NEAR(arc_tangent(1e30f), M_PI / 2, 1e-7);
}

}  // namespace bornflow
