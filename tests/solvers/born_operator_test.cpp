#include "solvers/acoustic/born_operator.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "bornflow/base/error.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

constexpr double unlimited = 1e12;   // [bytes]

template <class T>
BornOperator<T> make_operator(const test::SmallSurvey& s, double memory_limit, std::vector<float> mute = {}) {
  return BornOperator<T>(s.subdomain(), s.options, s.acquisition, s.velocity, std::move(mute), memory_limit);
}

std::vector<float> depth_mute(const Grid& grid) {
  std::vector<float> mute(grid.size(), 1.0f);
  for (std::size_t i = 0; i < mute.size(); ++i) mute[i] = std::min(1.0f, 0.2f * static_cast<float>(i / grid.nx));
  return mute;
}

/// |<J x, y> - <x, J^T y>| / (|J x| |y|); the scale is not |<J x, y>|, since random vectors may be nearly orthogonal.
template <class T>
double transpose_gap(BornOperator<T>& forward, BornOperator<T>& adjoint, int shot, int batch) {
  const auto x = test::random_values<T>(batch * forward.image_size(), 1 + shot);
  const auto y = test::random_values<T>(batch * forward.traces_size(), 100 + shot);
  std::vector<T> jx(y.size()), jty(x.size());
  forward.born(shot, batch, x.data(), jx.data());
  adjoint.born_adjoint(shot, batch, y.data(), jty.data());
  EXPECT_GT(test::norm(jx), 0);
  return std::abs(test::dot(jx, y) - test::dot(x, jty)) / (test::norm(jx) * test::norm(y));
}

template <class T>
void expect_transpose(const test::SmallSurvey& s, const char* name) {
  auto stored = make_operator<T>(s, unlimited, depth_mute(s.grid));
  auto fused = make_operator<T>(s, 0, depth_mute(s.grid));
  for (int shot = 0; shot < stored.n_shots(); ++shot) {
    const double gap = transpose_gap(stored, stored, shot, 1);
    const double fused_gap = transpose_gap(fused, stored, shot, 2);
    std::printf("%-28s shot %d: %.1e with the store, %.1e fused and batched\n", name, shot, gap, fused_gap);
    EXPECT_LE(gap, test::dot_test_bound<T>());
    EXPECT_LE(fused_gap, test::dot_test_bound<T>());
  }
}

}  // namespace

TEST(BornOperator, is_the_transpose_of_its_adjoint_for_every_order) {
  for (int order = 2; order <= 16; order += 2) {
    auto s = test::small_survey();
    s.options.space_order = order;
    expect_transpose<double>(s, ("double, order " + std::to_string(order)).c_str());
    expect_transpose<float>(s, ("float, order " + std::to_string(order)).c_str());
  }
}

TEST(BornOperator, is_the_transpose_of_its_adjoint_with_substeps) {
  for (const int substeps : {1, 3}) {
    auto s = test::small_survey();
    s.acquisition.sample_interval = 0.0015 * substeps;
    s.options.dt = 0.0015;
    EXPECT_EQ(make_operator<double>(s, 0).propagator().substeps(), substeps);
    expect_transpose<double>(s, ("double, substeps " + std::to_string(substeps)).c_str());
    expect_transpose<float>(s, ("float, substeps " + std::to_string(substeps)).c_str());
  }
}

TEST(BornOperator, is_the_transpose_of_its_adjoint_in_3d_and_without_layer) {
  auto s = test::small_survey(20, 18, 40);
  s.options.layer_width = 0;
  expect_transpose<double>(s, "double, no layer");
  s.options.layer_width = 4;
  s.options.space_order = 4;
  s.grid.ny = 11;
  s.grid.dy = 11;
  std::vector<float> volume;
  for (int iz = 0; iz < s.grid.nz; ++iz)
    for (int iy = 0; iy < s.grid.ny; ++iy)
      for (int ix = 0; ix < s.grid.nx; ++ix) volume.push_back(s.velocity[iz * s.grid.nx + ix] + 5.0f * iy);
  s.velocity = volume;
  for (Point& p : s.acquisition.sources) p.y = 47.3;
  for (Point& p : s.acquisition.receivers) p.y = 20;
  expect_transpose<double>(s, "double, 3-D");
}

// The fused pass and the store differ in the order of rounding at the cells of the source only.
TEST(BornOperator, with_the_store_equals_fused) {
  const auto s = test::small_survey();
  auto stored = make_operator<double>(s, unlimited);
  auto fused = make_operator<double>(s, 0);
  const auto dm = test::random_values<double>(stored.image_size(), 5);
  std::vector<double> a(stored.traces_size()), b(a.size());
  stored.born(0, 1, dm.data(), a.data());
  fused.born(0, 1, dm.data(), b.data());
  std::printf("relative difference %.1e\n", test::relative_difference(a, b));
  EXPECT_LT(test::relative_difference(a, b), 1e-14);
}

TEST(BornOperator, batch_equals_single_bitwise) {
  const auto s = test::small_survey();
  for (const double limit : {0.0, unlimited}) {
    auto op = make_operator<float>(s, limit, depth_mute(s.grid));
    const int batch = 3;
    const auto images = test::random_values<float>(batch * op.image_size(), 6);
    std::vector<float> all(batch * op.traces_size()), one(op.traces_size());
    op.born(1, batch, images.data(), all.data());
    for (int b = 0; b < batch; ++b) {
      op.born(1, 1, images.data() + b * op.image_size(), one.data());
      EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + b * one.size())) << "field " << b;
    }
    if (limit == 0) continue;
    std::vector<float> all_images(images.size()), image(op.image_size());
    op.born_adjoint(1, batch, all.data(), all_images.data());
    for (int b = 0; b < batch; ++b) {
      op.born_adjoint(1, 1, all.data() + b * one.size(), image.data());
      EXPECT_TRUE(std::equal(image.begin(), image.end(), all_images.begin() + b * image.size())) << "field " << b;
    }
  }
}

// F(m + h dm) - F(m) falls with h, F(m + h dm) - F(m) - h J dm with h^2. The velocity is kept in single precision, so
// the perturbed m is the one of the rounded velocity, and h dm is taken from it.
TEST(BornOperator, is_the_derivative_of_forward) {
  auto s = test::small_survey(48, 40, 80);
  s.options.dt = 0.001;
  auto op = make_operator<double>(s, unlimited);
  std::vector<double> base(op.traces_size()), moved(base.size()), linear(base.size());
  op.forward(0, base.data());

  std::vector<double> direction(op.image_size());
  RandomStream stream(3, Purpose::test, 1);
  for (int bump = 0; bump < 12; ++bump) {
    const double cx = stream.uniform(8, 40), cz = stream.uniform(6, 34), amplitude = stream.normal();
    for (int iz = 0; iz < s.grid.nz; ++iz)
      for (int ix = 0; ix < s.grid.nx; ++ix) {
        // Zero on the rim: the layer continues the velocity of the rim, and J keeps the layer.
        if (iz == 0 || ix == 0 || iz == s.grid.nz - 1 || ix == s.grid.nx - 1) continue;
        direction[iz * s.grid.nx + ix] +=
            0.04 * amplitude * std::exp(-((ix - cx) * (ix - cx) + (iz - cz) * (iz - cz)) / 18.0);
      }
  }

  std::vector<double> first, second;
  for (int k = 0; k < 4; ++k) {
    const double h = 0.4 * std::pow(0.5, k);
    auto perturbed = s;
    std::vector<double> dm(direction.size());
    for (std::size_t i = 0; i < dm.size(); ++i) {
      const double v = s.velocity[i] / 1000.0, m = 1 / (v * v);
      perturbed.velocity[i] = static_cast<float>(1000.0 / std::sqrt(m + h * direction[i]));
      const double w = perturbed.velocity[i] / 1000.0;
      dm[i] = 1 / (w * w) - m;
    }
    make_operator<double>(perturbed, unlimited).forward(0, moved.data());
    op.born(0, 1, dm.data(), linear.data());
    double change = 0, rest = 0;
    for (std::size_t i = 0; i < base.size(); ++i) {
      change += std::pow(moved[i] - base[i], 2);
      rest += std::pow(moved[i] - base[i] - linear[i], 2);
    }
    first.push_back(std::sqrt(change));
    second.push_back(std::sqrt(rest));
  }
  const double slope_1 = std::log2(first[2] / first[3]), slope_2 = std::log2(second[2] / second[3]);
  std::printf("Taylor slopes: %.4f and %.4f\n", slope_1, slope_2);
  EXPECT_NEAR(slope_1, 1.0, 0.02);
  EXPECT_NEAR(slope_2, 2.0, 0.04);
}

TEST(BornOperator, counts_solves) {
  const auto s = test::small_survey();
  auto op = make_operator<float>(s, unlimited);
  const auto images = test::random_values<float>(2 * op.image_size(), 6);
  std::vector<float> traces(2 * op.traces_size()), image(images.size());
  op.prepare(0, 2);
  EXPECT_EQ(op.ledger().forward, 2);
  op.born(0, 2, images.data(), traces.data());
  op.born_adjoint(0, 2, traces.data(), image.data());
  EXPECT_EQ(op.ledger().forward, 4);
  EXPECT_EQ(op.ledger().adjoint, 2);
  auto fused = make_operator<float>(s, 0);
  fused.born(0, 2, images.data(), traces.data());
  EXPECT_EQ(fused.ledger().forward, 3);
}

TEST(BornOperator, keeps_as_many_backgrounds_as_fit) {
  const auto s = test::small_survey();
  const double one = make_operator<float>(s, 0).background_bytes(1);
  auto op = make_operator<float>(s, 2.5 * one);
  auto reference = make_operator<float>(s, unlimited);
  op.prepare(0, 3);
  EXPECT_TRUE(op.is_prepared(0) && op.is_prepared(1) && !op.is_prepared(2));
  const auto traces = test::random_values<float>(op.traces_size(), 8);
  std::vector<float> a(op.image_size()), b(a.size());
  op.born_adjoint(2, 1, traces.data(), a.data());          // takes the place, and the memory, of the oldest
  reference.born_adjoint(2, 1, traces.data(), b.data());
  EXPECT_EQ(a, b);
  EXPECT_TRUE(!op.is_prepared(0) && op.is_prepared(1) && op.is_prepared(2));

  auto none = make_operator<float>(s, 0.5 * one);
  try {
    none.born_adjoint(0, 1, traces.data(), a.data());
    FAIL() << "the limit was not respected";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("limit"), std::string::npos) << error.what();
  }
}

TEST(BornOperator, refuses_a_mute_of_another_size) {
  const auto s = test::small_survey();
  EXPECT_THROW(make_operator<float>(s, 0, std::vector<float>(7, 1.0f)), UserError);
}

}  // namespace bornflow
