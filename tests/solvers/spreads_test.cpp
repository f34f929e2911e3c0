#include <gtest/gtest.h>

#include <limits>

#include "bornflow/base/error.hpp"
#include "solvers/survey/recorded_traces.hpp"
#include "tests/solvers/small_survey.hpp"

/// Receivers that differ from shot to shot.
namespace bornflow {

namespace {

/// The receivers follow the source, as those of a streamer; the first shot lacks two of them, the last one another.
test::SmallSurvey streamer_survey() {
  test::SmallSurvey s = test::small_survey();
  const double width = (s.grid.nx - 1) * s.grid.dx;
  for (const Point& source : s.acquisition.sources)
    s.acquisition.spreads.push_back(equispaced_line(9, 0.05 * width + 0.3 * source.x, 0.4 * width + 0.6 * source.x, 31.3));
  s.acquisition.spreads[0][3] = s.acquisition.spreads[0][8] = s.acquisition.spreads[2][0] = absent_receiver();
  s.acquisition.receivers.clear();
  return s;
}

BornOperator<double> make_operator(const test::SmallSurvey& s) {
  return BornOperator<double>(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
}

/// F, J x and J^T y of a shot, one after the other.
std::vector<double> everything(BornOperator<double>& op, int shot, const std::vector<double>& y) {
  const auto x = test::random_values<double>(op.image_size(), 5);
  std::vector<double> result(2 * op.traces_size() + op.image_size());
  op.forward(shot, result.data());
  op.born(shot, 1, x.data(), result.data() + op.traces_size());
  op.born_adjoint(shot, 1, y.data(), result.data() + 2 * op.traces_size());
  return result;
}

template <class T>
double transpose_gap(const test::SmallSurvey& s, int shot) {
  BornOperator<T> op(s.subdomain(), s.options, s.acquisition, s.velocity, {}, 1e9);
  const auto x = test::random_values<T>(op.image_size(), 1 + shot);
  const auto y = test::random_values<T>(op.traces_size(), 100 + shot);
  std::vector<T> jx(y.size()), jty(x.size());
  op.born(shot, 1, x.data(), jx.data());
  op.born_adjoint(shot, 1, y.data(), jty.data());
  EXPECT_GT(test::norm(jx), 0);
  return std::abs(test::dot(jx, y) - test::dot(x, jty)) / (test::norm(jx) * test::norm(y));
}

std::string refusal(const test::SmallSurvey& s) {
  try {
    require_valid(s.acquisition, s.grid);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Spreads, that_are_all_the_same_give_the_bits_of_fixed_receivers) {
  auto s = test::small_survey();
  auto fixed = make_operator(s);
  s.acquisition.spreads.assign(3, s.acquisition.receivers);
  s.acquisition.receivers.clear();
  auto moving = make_operator(s);
  const auto y = test::random_values<double>(fixed.traces_size(), 6);
  for (const int shot : {0, 2, 1}) EXPECT_EQ(everything(fixed, shot, y), everything(moving, shot, y)) << shot;
}

// In an order that comes back to a shot: what is kept of one must not answer for another.
TEST(Spreads, give_each_shot_the_bits_of_its_own_receivers) {
  auto s = streamer_survey();
  s.acquisition.spreads[0] = equispaced_line(9, 3, 300, 17.1);
  s.acquisition.spreads[2] = equispaced_line(9, 100, 400, 55.5);
  auto moving = make_operator(s);
  const auto spreads = s.acquisition.spreads;
  s.acquisition.spreads.clear();
  const auto y = test::random_values<double>(moving.traces_size(), 6);
  for (const int shot : {1, 0, 2, 0}) {
    s.acquisition.receivers = spreads[static_cast<std::size_t>(shot)];
    auto fixed = make_operator(s);
    EXPECT_EQ(everything(fixed, shot, y), everything(moving, shot, y)) << shot;
  }
}

TEST(Spreads, keep_the_adjoint_exact) {
  auto s = streamer_survey();
  for (int shot = 0; shot < 3; ++shot) {
    EXPECT_LE(transpose_gap<double>(s, shot), test::dot_test_bound<double>()) << shot;
    EXPECT_LE(transpose_gap<float>(s, shot), test::dot_test_bound<float>()) << shot;
  }
}

TEST(Spreads, keep_the_adjoint_to_the_wavelet_exact) {
  auto s = streamer_survey();
  Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  for (const int shot : {2, 0}) {
    const auto w = test::random_values<double>(propagator.steps(), 3), y = test::random_values<double>(propagator.traces_size(), 4);
    std::vector<double> fw(y.size()), fty(w.size());
    propagator.forward(shot, w.data(), fw.data());
    propagator.wavelet_adjoint(shot, y.data(), fty.data());
    EXPECT_LE(std::abs(test::dot(fw, y) - test::dot(w, fty)) / (test::norm(fw) * test::norm(y)), test::dot_test_bound<double>());
  }
}

TEST(Spreads, record_zero_where_a_receiver_is_absent_and_do_not_read_its_data) {
  auto s = streamer_survey();
  auto op = make_operator(s);
  const auto n = static_cast<std::size_t>(s.acquisition.n_samples);
  auto y = test::random_values<double>(op.traces_size(), 6);
  const auto with_data = everything(op, 0, y);
  for (const std::size_t receiver : {3u, 8u})
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(with_data[receiver * n + i], 0);
      EXPECT_EQ(with_data[op.traces_size() + receiver * n + i], 0);
      y[receiver * n + i] = std::numeric_limits<double>::quiet_NaN();
    }
  EXPECT_GT(test::norm(with_data), 0);
  EXPECT_EQ(everything(op, 0, y), with_data);
}

TEST(Spreads, count_the_pairs_that_are_recorded) {
  EXPECT_EQ(streamer_survey().acquisition.n_pairs(), 3 * 9 - 3);
  EXPECT_EQ(test::small_survey().acquisition.n_pairs(), 3 * 9);
}

TEST(Spreads, that_cannot_be_are_refused) {
  EXPECT_EQ(refusal(streamer_survey()), "");
  auto s = streamer_survey();
  s.acquisition.spreads.pop_back();
  EXPECT_NE(refusal(s).find("receivers of 2 shots for 3 sources"), std::string::npos);
  s = streamer_survey();
  s.acquisition.spreads[1].pop_back();
  EXPECT_NE(refusal(s).find("Shot 1 has 8 receivers, shot 0 has 9"), std::string::npos);
  s = streamer_survey();
  s.acquisition.spreads[2].assign(9, absent_receiver());
  EXPECT_NE(refusal(s).find("Shot 2 has no receiver"), std::string::npos);
  s = streamer_survey();
  s.acquisition.spreads[1][4].x = -3;
  EXPECT_NE(refusal(s).find("Shot 1: receiver 4 of 9"), std::string::npos);
  s = streamer_survey();
  s.acquisition.encodings.assign(2, {1, 1, 1});
  EXPECT_NE(refusal(s).find("Simultaneous shots"), std::string::npos);
  s = test::small_survey();
  s.acquisition.sources[1] = absent_receiver();
  EXPECT_NE(refusal(s).find("Source 1"), std::string::npos);
}

// Of the 80 recorded samples +-1 .. 40 the 98 % quantile is the 78th: 39. Absent traces would lower it, were they zeros.
TEST(RecordedTraces, tell_strength_and_silence_of_what_was_recorded) {
  Acquisition acquisition;
  acquisition.sources = {{0, 0, 0}};
  acquisition.spreads = {{{0, 0, 0}, absent_receiver(), {5, 0, 0}, {9, 0, 0}}};
  acquisition.n_samples = 40;
  std::vector<float> traces(160, 7000.0f);
  for (int i = 0; i < 40; ++i) traces[i] = float(i + 1), traces[80 + i] = -float(i + 1), traces[120 + i] = 0;
  EXPECT_EQ(count_zero_traces(acquisition, 0, traces.data()), 1);
  acquisition.spreads[0][3] = absent_receiver();
  EXPECT_EQ(count_zero_traces(acquisition, 0, traces.data()), 0);
  EXPECT_EQ(strength(acquisition, 0, traces.data()), 39);
  mute_absent(acquisition, 0, traces.data());
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(traces[i], i + 1);
    EXPECT_EQ(traces[40 + i], 0);
    EXPECT_EQ(traces[80 + i], -i - 1);
    EXPECT_EQ(traces[120 + i], 0);
  }
}

}  // namespace bornflow
