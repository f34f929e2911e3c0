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

}  // namespace bornflow
