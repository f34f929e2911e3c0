#include "src/app/refine/rosenbrock_race.hpp"

#include <gtest/gtest.h>

#include <cmath>

// What a race tells, from divergences that are given.
namespace bornflow {

namespace {

// Falls tenfold every ten updates, from one nat, so that a straight line in log(KL) is exact.
double falling(int updates) { return std::pow(10.0, -updates / 10.0); }

Race made_race() {
  Race race;
  race.updates = {0, 4, 16, 32};
  RaceResult slow, fast, stuck;
  for (int n : race.updates) {
    slow.scratch.push_back(10 * falling(n)), slow.preconditioned.push_back(falling(n));
    fast.scratch.push_back(0.5), fast.preconditioned.push_back(0.05);
    stuck.scratch.push_back(falling(n)), stuck.preconditioned.push_back(0.5);
  }
  race.operators = {slow, fast, stuck};
  return race;
}

}  // namespace

TEST(RosenbrockRace, updates_between_two_lengths_follow_log_divergence) {
  const auto needed = made_race().to_limit(0.1);
  EXPECT_NEAR(needed[0].preconditioned, 10, 1e-12);
  EXPECT_NEAR(needed[0].scratch, 20, 1e-12);
  EXPECT_EQ(needed[1].preconditioned, 0) << "there before the first update";
  EXPECT_TRUE(std::isinf(needed[1].scratch));
  EXPECT_TRUE(std::isinf(needed[2].preconditioned));
}

TEST(RosenbrockRace, ratios_count_who_never_arrives_against_preconditioning) {
  const Race race = made_race();
  const std::vector<double> r = ratios(race.to_limit(0.1), 32);
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[0], 0) << "preconditioned never arrived";
  EXPECT_NEAR(r[1], 2, 1e-12);
  EXPECT_EQ(r[2], 32) << "scratch never arrived: all that it had, over one";
  EXPECT_NEAR(quantile(r, 0.5), 2, 1e-12);
  EXPECT_NEAR(quantile(r, 0.25), 1, 1e-12);
}

TEST(RosenbrockRace, preconditioned_is_compared_with_all_that_scratch_reaches) {
  Race race = made_race();
  race.operators.resize(2);
  race.operators[0].scratch.back() = 0.01;                 // two decades: 20 updates of the preconditioned
  race.operators[0].preconditioned.back() = std::nan("");  // stopped before
  race.operators[0].preconditioned[2] = 0.01;
  const auto needed = race.to_end_of_scratch();
  EXPECT_NEAR(needed[0].preconditioned, 16, 1e-12);
  EXPECT_EQ(needed[0].scratch, 32);
  EXPECT_EQ(needed[1].preconditioned, 0);
}

}  // namespace bornflow
