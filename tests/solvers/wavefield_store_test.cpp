#include "solvers/acoustic/storage/wavefield_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/storage/byte_coding.hpp"
#include "solvers/acoustic/storage/kept_steps.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

constexpr double unlimited = 1e12;   // [bytes]

template <class T>
BornOperator<T> make_operator(test::SmallSurvey s, Storage storage, double storage_memory = 0) {
  s.options.storage = storage;
  s.options.storage_memory = storage_memory;
  return BornOperator<T>(s.subdomain(), s.options, s.acquisition, s.velocity, {}, unlimited);
}

template <class T>
double cosine(const std::vector<T>& a, const std::vector<T>& b) {
  return test::dot(a, b) / (test::norm(a) * test::norm(b));
}

/// The survey and the traces that a model with lumps gives beyond it: what a gradient starts from.
template <class T>
std::vector<T> residual(const test::SmallSurvey& s, int shot) {
  test::SmallSurvey other = s;
  for (std::size_t i = 0; i < other.velocity.size(); ++i)
    other.velocity[i] *= static_cast<float>(1 + 0.05 * std::sin(0.35 * static_cast<double>(i % s.grid.nx)) *
                                                    std::sin(0.3 * static_cast<double>(i / s.grid.nx)));
  auto a = make_operator<T>(s, Storage::full), b = make_operator<T>(other, Storage::full);
  std::vector<T> here(a.traces_size()), there(here.size());
  a.forward(shot, here.data());
  b.forward(shot, there.data());
  for (std::size_t i = 0; i < here.size(); ++i) here[i] -= there[i];
  return here;
}

template <class T>
std::vector<T> adjoint(BornOperator<T>& op, int shot, const std::vector<T>& traces) {
  const int batch = static_cast<int>(traces.size() / op.traces_size());
  std::vector<T> image(batch * op.image_size());
  op.born_adjoint(shot, batch, traces.data(), image.data());
  return image;
}

test::SmallSurvey volume() {
  auto s = test::small_survey(26, 22, 60);
  s.grid.ny = 15, s.grid.dy = 11;
  s.options.layer_width = 5;
  s.options.space_order = 4;
  std::vector<float> velocity;
  for (int iz = 0; iz < s.grid.nz; ++iz)
    for (int iy = 0; iy < s.grid.ny; ++iy)
      for (int ix = 0; ix < s.grid.nx; ++ix) velocity.push_back(s.velocity[iz * s.grid.nx + ix] + 5.0f * iy);
  s.velocity = velocity;
  for (Point& p : s.acquisition.sources) p.y = 47.3;
  for (Point& p : s.acquisition.receivers) p.y = 70;
  return s;
}

/// Set-ups that differ in what the stores depend on.
std::vector<std::pair<std::string, test::SmallSurvey>> surveys() {
  std::vector<std::pair<std::string, test::SmallSurvey>> all = {{"2-D", test::small_survey(48, 40, 160)}};
  all.emplace_back("no layer", all[0].second);
  all.back().second.options.layer_width = 0;
  all.emplace_back("layer narrower than the stencil", all[0].second);
  all.back().second.options.layer_width = 2;
  all.emplace_back("3 substeps", all[0].second);
  all.back().second.acquisition.sample_interval = 0.003;
  all.back().second.options.dt = 0.001;
  all.emplace_back("simultaneous sources", all[0].second);
  all.back().second.acquisition.encodings = {{1, -0.7, 0.4}, {-0.2, 1.3, 2}};
  all.emplace_back("3-D", volume());
  return all;
}

}  // namespace

TEST(WavefieldStore, recompute_equals_full_to_the_bit) {
  for (const int n_samples : {2, 3, 8, 101}) {
    const auto s = test::small_survey(30, 25, n_samples);
    auto full = make_operator<float>(s, Storage::full);
    const auto images = test::random_values<float>(2 * full.image_size(), 1);
    const auto traces = test::random_values<float>(2 * full.traces_size(), 2);
    std::vector<float> expected_traces(traces.size()), born(traces.size()), forward(full.traces_size()), again(forward.size());
    full.forward(0, forward.data());
    full.born(0, 2, images.data(), expected_traces.data());
    const auto expected = adjoint(full, 0, traces);
    const double everything = full.background_bytes(1);
    for (const double part : {0.0001, 0.1, 0.2, 0.45, 1.0, 2.0}) {
      SCOPED_TRACE(std::to_string(n_samples - 1) + " samples, " + std::to_string(part) + " of the memory");
      auto op = make_operator<float>(s, Storage::recompute, part * everything);
      op.forward(0, again.data());
      EXPECT_EQ(again, forward);
      EXPECT_EQ(adjoint(op, 0, traces), expected);
      EXPECT_EQ(adjoint(op, 0, traces), expected) << "second pass";
      op.born(0, 2, images.data(), born.data());
      EXPECT_EQ(born, expected_traces);
      EXPECT_EQ(adjoint(op, 0, traces), expected) << "after a Born pass";
      op.born(1, 2, images.data(), born.data());   // of another shot, into an empty store
      full.born(1, 2, images.data(), expected_traces.data());
      EXPECT_EQ(born, expected_traces);
      EXPECT_EQ(adjoint(op, 1, traces), adjoint(full, 1, traces));
      full.born(0, 2, images.data(), expected_traces.data());
    }
  }
}

TEST(WavefieldStore, recompute_equals_full_in_every_setup) {
  for (const auto& [name, s] : surveys()) {
    SCOPED_TRACE(name);
    auto full = make_operator<double>(s, Storage::full);
    auto op = make_operator<double>(s, Storage::recompute, 0.2 * full.background_bytes(1));
    const auto traces = test::random_values<double>(full.traces_size(), 3);
    EXPECT_EQ(adjoint(op, 1, traces), adjoint(full, 1, traces));
    EXPECT_GT(op.ledger().rerun(), 0);
  }
}

TEST(WavefieldStore, stores_of_other_shots_are_used_again) {
  const auto s = test::small_survey();
  for (const auto& name : storage_names()) {
    SCOPED_TRACE(name);
    auto setup = s;
    setup.options.storage = storage_named(name);
    setup.options.storage_memory = 1e5;
    const auto make = [&](double limit) {
      return BornOperator<float>(s.subdomain(), setup.options, s.acquisition, s.velocity, {}, limit);
    };
    auto roomy = make(unlimited), tight = make(1.5 * make(unlimited).background_bytes(1));
    const auto traces = test::random_values<float>(roomy.traces_size(), 4);
    for (const int shot : {0, 1, 0, 2}) EXPECT_EQ(adjoint(tight, shot, traces), adjoint(roomy, shot, traces));
    EXPECT_EQ(tight.ledger().forward, 4);
    EXPECT_EQ(roomy.ledger().forward, 3);
  }
}

// The background comes back through the same arithmetic: what differs is rounding, and that of the way back adds to it.
TEST(WavefieldStore, boundary_differs_from_full_by_rounding) {
  for (const auto& [name, s] : surveys()) {
    SCOPED_TRACE(name);
    const auto single = residual<float>(s, 0);
    auto full = make_operator<float>(s, Storage::full), op = make_operator<float>(s, Storage::boundary);
    const auto a = adjoint(op, 0, single), b = adjoint(full, 0, single);
    const auto twice = residual<double>(s, 0);
    auto full_twice = make_operator<double>(s, Storage::full), op_twice = make_operator<double>(s, Storage::boundary);
    const double difference = test::relative_difference(adjoint(op_twice, 0, twice), adjoint(full_twice, 0, twice));
    std::printf("%-32s single: cosine 1 - %.1e, difference %.1e; double: %.1e\n", name.c_str(), 1 - cosine(a, b),
                test::relative_difference(a, b), difference);
    EXPECT_GE(cosine(a, b), 1 - 1e-8);
    EXPECT_LE(test::relative_difference(a, b), 1e-4);
    EXPECT_LE(difference, 1e-12);
    EXPECT_EQ(adjoint(op, 0, single), a) << "a second pass starts from the same end";
  }
}

TEST(WavefieldStore, half_and_byte_keep_the_direction_of_the_gradient) {
  for (const auto& [name, s] : surveys())
    for (const Storage storage : {Storage::half, Storage::byte}) {
      SCOPED_TRACE(name + ", " + storage_name(storage));
      const auto single = residual<float>(s, 0);
      auto full = make_operator<float>(s, Storage::full), op = make_operator<float>(s, storage);
      const auto a = adjoint(op, 0, single), b = adjoint(full, 0, single);
      const auto twice = residual<double>(s, 0);
      auto full_twice = make_operator<double>(s, Storage::full), op_twice = make_operator<double>(s, storage);
      const double cosine_twice = cosine(adjoint(op_twice, 0, twice), adjoint(full_twice, 0, twice));
      const double ratio = full.background_bytes(1) / op.background_bytes(1);
      std::printf("%-32s %s, one step of %d, memory 1/%.1f: cosine 1 - %.1e, difference %.1e; double: 1 - %.1e\n", name.c_str(),
                  storage_name(storage).c_str(),
                  half_keeps_every(op.propagator().dt(), max_ricker_frequency(s.acquisition.peak_frequency)), ratio,
                  1 - cosine(a, b), test::relative_difference(a, b), 1 - cosine_twice);
      // Measured: up to 2e-5 with `half`, which is the sampling of the steps, and 3e-5 with `byte`.
      EXPECT_GE(cosine(a, b), 1 - 5e-5);
      EXPECT_GE(cosine_twice, 1 - 5e-5);
      EXPECT_LE(test::relative_difference(a, b), 0.01);   // the length too: that cosine alone is 0.01
      EXPECT_GT(ratio, 3);
      EXPECT_EQ(adjoint(op, 0, single), a) << "second pass";
    }
}

// 16 bits overflow above 65504; amplitudes of any size must come back, since the scale is taken from a bound. 8 bits have the
// exponents of single precision.
TEST(WavefieldStore, half_and_byte_never_leave_their_range) {
  const auto survey = [](double amplitude) {
    auto s = test::small_survey(48, 40, 160);
    s.acquisition.encodings = {{amplitude, -0.7 * amplitude, 0.4 * amplitude}};
    return s;
  };
  const auto traces = residual<double>(survey(1), 0);
  std::vector<float> single(traces.begin(), traces.end());
  for (float& value : single) value *= 1e10f;   // images within single precision, too
  for (const Storage storage : {Storage::half, Storage::byte}) {
    for (const double amplitude : {1e-100, 1e-30, 1e-12, 1.0, 1e12, 1e45, 1e100}) {
      const auto s = survey(amplitude);
      auto full = make_operator<double>(s, Storage::full), op = make_operator<double>(s, storage);
      EXPECT_GE(cosine(adjoint(op, 0, traces), adjoint(full, 0, traces)), 1 - 5e-5) << storage_name(storage) << ", " << amplitude;
    }
    for (const double amplitude : {1e-25, 1e-12, 1e12, 1e30}) {
      const auto s = survey(amplitude);
      auto full = make_operator<float>(s, Storage::full), op = make_operator<float>(s, storage);
      const auto a = adjoint(op, 0, single), b = adjoint(full, 0, single);
      const std::vector<double> a_twice(a.begin(), a.end()), b_twice(b.begin(), b.end());
      EXPECT_GE(cosine(a_twice, b_twice), 1 - 5e-5) << storage_name(storage) << ", single, " << amplitude;
    }
  }
}

// Groups of four kept steps: the last has from one to four, and there may be no other.
TEST(WavefieldStore, byte_keeps_a_last_group_of_any_length) {
  std::vector<int> kept_counts;
  for (const int n_samples : {3, 5, 8, 11, 61, 62, 64, 65, 67, 68, 70, 71}) {
    const auto s = test::small_survey(30, 25, n_samples);
    auto full = make_operator<double>(s, Storage::full), half = make_operator<double>(s, Storage::half),
         byte = make_operator<double>(s, Storage::byte);
    const StorageProblem problem = byte.propagator().storage_problem();
    const int kept = KeptSteps{problem.steps, half_keeps_every(problem.dt, problem.max_frequency)}.count();
    kept_counts.push_back(kept);
    // White traces reach to the last step, so that each step of the last group has its part in the image.
    const auto traces = test::random_values<double>(full.traces_size(), 8);
    const auto with_half = adjoint(half, 0, traces), with_byte = adjoint(byte, 0, traces);
    const double bound = kept > 2 * byte_group ? 0.01 : 0.03;   // the errors of few steps do not average out
    EXPECT_LE(test::relative_difference(with_byte, with_half), bound) << kept << " kept steps";
  }
  for (int remainder = 0; remainder < byte_group; ++remainder)
    for (const bool is_short : {false, true})
      EXPECT_TRUE(std::any_of(kept_counts.begin(), kept_counts.end(), [&](int kept) {
        return kept % byte_group == remainder && (kept <= byte_group) == is_short;
      })) << "not tested: a last group of " << remainder << (is_short ? ", alone" : "");
}

// Fields that overflow are reported, not kept.
TEST(WavefieldStore, what_is_not_finite_is_an_error_with_half_and_byte) {
  for (const Storage storage : {Storage::half, Storage::byte}) {
    auto s = test::small_survey(48, 40, 160);
    s.acquisition.encodings = {{3e38, 3e38, 3e38}};
    auto op = make_operator<float>(s, storage);
    const auto traces = test::random_values<float>(op.traces_size(), 9);
    EXPECT_THROW(adjoint(op, 0, traces), NumericalError) << storage_name(storage);
  }
}

TEST(WavefieldStore, no_acceleration_exceeds_the_bound) {
  for (const auto& [name, s] : surveys()) {
    Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
    const StorageProblem problem = propagator.storage_problem();
    const auto store = propagator.make_background();
    propagator.forward_storing(0, nullptr, *store);
    double most = 0;
    Wavefield<double> none;
    for (int n = 0; n < propagator.steps(); ++n) {
      const HostArray<const double> values(store->acceleration(n, none), problem.layout.image_size);
      for (std::size_t i = 0; i < values.extent(0); ++i) most = std::max(most, std::abs(values(i)));
    }
    std::printf("%-32s greatest acceleration / bound = %.4f\n", name.c_str(), most / problem.acceleration_bound);
    EXPECT_LE(most, problem.acceleration_bound) << name;
    EXPECT_GE(most, problem.acceleration_bound / 4096) << name;   // else half's range would be wasted
  }
}

TEST(WavefieldStore, exact_storages_pass_the_dot_product_test) {
  for (const Storage storage : {Storage::full, Storage::recompute}) {
    const auto s = test::small_survey();
    auto op = make_operator<double>(s, storage, 1e5);
    const auto x = test::random_values<double>(op.image_size(), 5), y = test::random_values<double>(op.traces_size(), 6);
    std::vector<double> jx(y.size());
    op.born(0, 1, x.data(), jx.data());
    const double gap = std::abs(test::dot(jx, y) - test::dot(x, adjoint(op, 0, y))) / (test::norm(jx) * test::norm(y));
    std::printf("%s: %.1e\n", storage_name(storage).c_str(), gap);
    EXPECT_LE(gap, 1e-12);
  }
}

TEST(WavefieldStore, ledger_counts_what_is_run_again) {
  const auto s = test::small_survey(48, 40, 101);
  const double everything = make_operator<float>(s, Storage::full).background_bytes(1);
  const auto traces = test::random_values<float>(make_operator<float>(s, Storage::full).traces_size(), 7);

  auto boundary = make_operator<float>(s, Storage::boundary);
  adjoint(boundary, 0, traces);
  EXPECT_EQ(boundary.ledger().forward, 1);
  EXPECT_DOUBLE_EQ(boundary.ledger().rerun(), 1);
  EXPECT_DOUBLE_EQ(boundary.ledger().total(), 3);

  auto half = make_operator<float>(s, Storage::half);
  adjoint(half, 0, traces);
  EXPECT_DOUBLE_EQ(half.ledger().total(), 2);

  auto recompute = make_operator<float>(s, Storage::recompute, 0.15 * everything);
  const double planned = estimate_storage(Storage::recompute, recompute.propagator().storage_problem()).reruns;
  EXPECT_GT(planned, 0.8);
  adjoint(recompute, 0, traces);
  EXPECT_EQ(recompute.ledger().forward, 1);
  EXPECT_DOUBLE_EQ(recompute.ledger().rerun(), planned);
  adjoint(recompute, 0, traces);   // the snapshots are used up: the pass that makes them comes on top
  EXPECT_EQ(recompute.ledger().forward, 1);
  EXPECT_DOUBLE_EQ(recompute.ledger().rerun(), 1 + 2 * planned);
  std::vector<float> image(recompute.image_size()), data(recompute.traces_size());
  recompute.born(1, 1, image.data(), data.data());   // makes the background of its shot
  EXPECT_EQ(recompute.ledger().forward, 3);
  EXPECT_DOUBLE_EQ(recompute.ledger().rerun(), 1 + 2 * planned);
  adjoint(recompute, 1, traces);
  EXPECT_DOUBLE_EQ(recompute.ledger().rerun(), 1 + 3 * planned);
}

}  // namespace bornflow
