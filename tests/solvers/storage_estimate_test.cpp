#include "solvers/acoustic/storage/storage_estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/half.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

/// The fewest block runs, by trying every place of the next snapshot.
double fewest(int blocks, int states, std::vector<std::vector<double>>& known) {
  if (blocks <= 1) return 0;
  if (states == 1) return 0.5 * blocks * (blocks - 1);
  double& best = known[blocks][states];
  if (best >= 0) return best;
  best = 1e30;
  for (int m = 1; m < blocks; ++m)
    best = std::min(best, m + fewest(m, states, known) + fewest(blocks - m, states - 1, known));
  return best;
}

std::string refusal(const test::SmallSurvey& s, Storage storage, double limit) {
  auto options = s.options;
  options.storage = storage;
  BornOperator<float> op(s.subdomain(), options, s.acquisition, s.velocity, {}, limit);
  std::vector<float> image(op.image_size()), traces(op.traces_size());
  try {
    op.born_adjoint(0, 1, traces.data(), image.data());
  } catch (const UserError& error) {
    EXPECT_EQ(op.ledger().total(), 0);
    return error.what();
  }
  return "";
}

}  // namespace

TEST(CheckpointPlan, is_the_best_there_is) {
  std::vector<std::vector<double>> known(61, std::vector<double>(10, -1));
  for (int blocks = 1; blocks <= 60; ++blocks)
    for (int states = 1; states < 10; ++states) {
      const double best = fewest(blocks, states, known);
      EXPECT_EQ(repeated_blocks(blocks, states), best) << blocks << " blocks, " << states << " states";
      EXPECT_EQ((CheckpointPlan{blocks, blocks, states - 1}.repeated_steps()), best);
    }
}

TEST(CheckpointPlan, stays_within_its_budget) {
  double before = 1e30;
  for (const double budget : {1.0, 3.0, 7.0, 20.0, 50.0, 200.0, 999.0, 1000.0, 5000.0}) {
    const CheckpointPlan plan = make_checkpoint_plan(1000, 2.3, 1, budget);
    EXPECT_LE(plan.snapshots * 2.3 + plan.longest_block(), budget);
    const auto repeated = static_cast<double>(plan.repeated_steps());
    EXPECT_LE(repeated, before) << "more memory, more work, with a budget of " << budget;
    before = repeated;
  }
  EXPECT_EQ(before, 0);
  EXPECT_EQ(make_checkpoint_plan(1000, 2.3, 1, 0.5).longest_block(), 1);   // the least there is
  for (const int steps : {1, 2, 7, 1000})
    for (int block = 0; block < 7; ++block) {
      const CheckpointPlan plan{steps, std::min(steps, 7), 0};
      if (block >= plan.blocks) break;
      EXPECT_EQ(plan.block_of(plan.block_begin(block)), block);
      EXPECT_EQ(plan.block_of(plan.block_begin(block + 1) - 1), block);
    }
}

TEST(StorageEstimate, has_the_sizes_of_every_storage) {
  const auto s = test::small_survey(48, 40, 101);
  const Propagator<float> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  StorageProblem problem = propagator.storage_problem();
  problem.budget_bytes = 3e5;
  const auto all = estimate_every_storage(problem);
  ASSERT_EQ(all.size(), 5u);
  const double image = 4.0 * static_cast<double>(problem.largest.image_size);
  EXPECT_EQ(all[0].bytes, propagator.steps() * image);
  EXPECT_EQ(all[1].every, half_keeps_every(propagator.dt(), 62.5));
  EXPECT_EQ(all[1].bytes, std::ceil(propagator.steps() / double(all[1].every)) * image / 2);
  const double kept = std::ceil(propagator.steps() / double(all[2].every));
  EXPECT_EQ(all[2].bytes, (kept + std::ceil(kept / 4)) * image / 4 + 4 * image);
  EXPECT_EQ(all[3].rim_bytes, 4.0 * 2 * 4 * (48 + 40));   // order 8: four points on each side
  EXPECT_EQ(all[3].bytes, propagator.steps() * all[3].rim_bytes + 3 * image);
  EXPECT_LE(all[4].bytes, 3e5);
  EXPECT_GT(all[4].snapshots, 0);
  EXPECT_EQ(storage_named("boundary"), Storage::boundary);
  EXPECT_THROW(storage_named("fulll"), UserError);
}

// Every store allocates views alone, so what they ask Kokkos for is their memory. Each view begins up to 7 odd multiples of
// a cache line late, and ends two cache lines late.
TEST(StorageEstimate, is_what_the_stores_allocate) {
  static double allocated = 0;   // callbacks are plain functions
  static int views = 0;
  auto s = test::small_survey(200, 160, 61);
  s.options.storage_memory = 5e6;
  for (const Absorbing absorbing : {Absorbing::damping, Absorbing::cpml})
    for (const std::string& name : storage_names()) {
      s.options.absorbing = absorbing;
      s.options.storage = storage_named(name);
      const Propagator<double> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
      allocated = views = 0;
      Kokkos::Tools::Experimental::set_allocate_data_callback(
          [](const Kokkos_Profiling_SpaceHandle, const char*, const void*, const std::uint64_t size) {
            allocated += static_cast<double>(size);
            ++views;
          });
      const auto store = propagator.make_background();
      Kokkos::Tools::Experimental::set_allocate_data_callback(nullptr);
      const double estimate = estimate_storage(s.options.storage, propagator.storage_problem()).bytes;
      const double margins = views * (7.0 * 17 * 64 + 2 * 64), image = 8.0 * static_cast<double>(s.grid.size());
      ASSERT_LT(margins, image / 2) << "the test is only worth its name when half a field is seen";
      EXPECT_GE(allocated, estimate) << name;
      EXPECT_LE(allocated, estimate + margins) << name;
    }
}

// By the formula in the header, with what is known of the wavelet: it goes down by 2 exp(-3/2), up to 1, and back. Samples
// miss its extremes by less than (pi f dt)^2 / 4 of a height of 1, four times.
TEST(StorageEstimate, bounds_the_acceleration_by_the_variation_of_the_wavelet) {
  const double variation = 4 * (1 + 2 * 2 * std::exp(-1.5)) / 2;
  for (const double cfl : {0.3, 0.7, 0.95}) {
    Acquisition acquisition;
    acquisition.peak_frequency = 10;
    TimeAxis axis;
    axis.dt = 0.001;
    axis.steps = 400;   // the whole wavelet
    axis.stable_dt = axis.dt / cfl;
    const double v_dt = 3.0 * axis.dt;   // [km]
    const double expected = v_dt * v_dt * variation / (1 - cfl * cfl);
    const double sampling = std::pow(std::acos(-1.0) * acquisition.peak_frequency * axis.dt, 2);
    EXPECT_NEAR(acceleration_bound(acquisition, axis, 3000), expected, sampling * expected) << cfl;
    // Sources that fire together: the shot with the greatest sum.
    const double one = acceleration_bound(acquisition, axis, 3000);
    acquisition.encodings = {{1, -0.7, 0.4}, {-0.2, 1.3, 2}, {1, 1, 1}};
    EXPECT_NEAR(acceleration_bound(acquisition, axis, 3000), 3.5 * one, 1e-14 * 3.5 * one);
  }
}

// It is u / sqrt(rho) that the bound holds for, and its source is sqrt(rho) q.
TEST(StorageEstimate, bounds_the_acceleration_by_the_largest_density) {
  auto s = test::small_survey(48, 40, 101);
  std::vector<float> density(s.grid.size(), 1.0f);
  density[777] = 2.5f;
  s.options.density = std::make_shared<const std::vector<float>>(density);
  const Propagator<float> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  const double fastest = *std::max_element(s.velocity.begin(), s.velocity.end());
  EXPECT_DOUBLE_EQ(propagator.storage_problem().acceleration_bound,
                   2.5 * acceleration_bound(s.acquisition, propagator.time_axis(), fastest));
}

TEST(StorageEstimate, half_samples_the_highest_frequency_three_times) {
  EXPECT_EQ(half_keeps_every(0.001, 50), 6);
  EXPECT_EQ(half_keeps_every(0.001, 333), 1);
  EXPECT_EQ(half_keeps_every(0.01, 333), 1);   // never less than every step
}

TEST(StorageEstimate, says_what_helps_when_a_store_is_too_large) {
  const auto s = test::small_survey(48, 40, 400);
  const Propagator<float> propagator(s.subdomain(), s.options, s.acquisition, s.velocity);
  const double full = estimate_storage(Storage::full, propagator.storage_problem()).bytes;
  const std::string text = refusal(s, Storage::full, 0.5 * full);
  for (const char* word : {"storage = full", "limit", "storage = half: ", "storage = byte: ", "storage = boundary: ", "storage = recompute: ",
                           "background_memory", "coarser grid", "shorter records"})
    EXPECT_NE(text.find(word), std::string::npos) << word << " is not in:\n" << text;
  EXPECT_EQ(refusal(s, Storage::recompute, 0.05 * full), "");
  // What a way out is said to need is what it then needs.
  const auto size_after = [](const std::string& said, const std::string& words) {
    double size = 0;
    char unit[8] = "";
    EXPECT_EQ(std::sscanf(said.c_str() + said.find(words) + words.size(), "%lf %7[kMGB]", &size, unit), 2) << said;
    return size * (unit[0] == 'k' ? 1e3 : unit[0] == 'M' ? 1e6 : 1e9);
  };
  for (const std::string& name : storage_names()) {
    const Storage storage = storage_named(name);
    const auto size_of = [&](const test::SmallSurvey& other) {
      return estimate_storage(storage, Propagator<float>(other.subdomain(), other.options, other.acquisition, other.velocity).storage_problem()).bytes;
    };
    if (storage == Storage::recompute) continue;   // its least is refused below kilobytes alone
    auto fine = test::small_survey(400, 320, 200), shorter = fine, coarser = test::small_survey(200, 160, 200);
    shorter.acquisition.n_samples = 100;
    coarser.grid.dx *= 2, coarser.grid.dz *= 2;
    const std::string said = refusal(fine, storage, 1000);
    EXPECT_NEAR(size_after(said, "shorter records: about "), size_of(shorter), 0.03 * size_of(shorter)) << said;
    EXPECT_NEAR(size_after(said, "a coarser grid: about "), size_of(coarser), 0.1 * size_of(coarser)) << said;
  }
  const std::string tiny = refusal(s, Storage::half, 1000);
  EXPECT_NE(tiny.find("storage = half"), std::string::npos) << tiny;
  EXPECT_EQ(tiny.find("storage = recompute: "), std::string::npos) << "offers what does not fit either:\n" << tiny;
}

TEST(Half, rounds_as_ieee_754_says) {
  const double smallest = std::ldexp(1.0, -24);
  for (int bits = 0; bits < 0x7c00; ++bits) {   // every number that is not negative
    const int exponent = bits >> 10, mantissa = bits & 0x3ff;
    const double value = exponent == 0 ? mantissa * smallest : std::ldexp(1024 + mantissa, exponent - 25);
    EXPECT_EQ(from_half(static_cast<HalfBits>(bits)), value);
    EXPECT_EQ(from_half(static_cast<HalfBits>(bits | 0x8000)), -value);
    EXPECT_EQ(to_half(static_cast<float>(value)), bits);
    const double above = bits + 1 < 0x7c00 ? from_half(static_cast<HalfBits>(bits + 1)) : 65536.0;
    const auto middle = static_cast<float>(0.5 * (value + above));
    EXPECT_EQ(to_half(middle), bits + bits % 2) << "a tie goes to the even one";
    EXPECT_EQ(to_half(std::nextafter(middle, 0.0f)), bits);
    EXPECT_EQ(to_half(-std::nextafter(middle, 1e9f)), (bits + 1) | 0x8000);
  }
  EXPECT_EQ(to_half(1e9f), 0x7c00);
  EXPECT_TRUE(std::isinf(from_half(to_half(-INFINITY))));
  EXPECT_TRUE(std::isnan(from_half(to_half(NAN))));
}

// The kernels convert by the processor's instructions where there are some; the bits must be those of the arithmetic.
TEST(Half, packs_convert_as_single_numbers_do) {
  constexpr int n = detail::pack_width<float>;
  const auto random = test::random_values<float>(4096 + n, 9);
  for (int i = 0; i + n <= 4096; i += n) {
    float values[n + 1] = {};
    HalfBits kept[n + 1] = {}, expected[n + 1] = {};
    const int count = 1 + i / n % n;
    for (int j = 0; j < n; ++j) values[j] = std::ldexp(random[i + j], i / n % 40 - 26);
    for (int j = 0; j < count; ++j) expected[j] = to_half(values[j]);
    detail::store_half<float>(kept, detail::load(values), count);
    EXPECT_TRUE(std::equal(kept, kept + n + 1, expected));
    float back[n];
    detail::store(back, detail::load_half<float>(kept), n);
    for (int j = 0; j < n; ++j) EXPECT_EQ(back[j], from_half(expected[j]));
  }
}

}  // namespace bornflow
