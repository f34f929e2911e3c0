#include "bornflow/report/timer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

void spend(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::string paths_of(const std::vector<PhaseTime>& phases) {
  std::string text;
  for (const PhaseTime& phase : phases) text += phase.path + "(" + std::to_string(phase.calls) + ") ";
  return text;
}

}  // namespace

TEST(TimersMpi, phases_nest_and_count) {
  const auto world = test::world();
  Timers timers;
  for (int i = 0; i < 3; ++i) {
    ScopedTimer outer(timers, "pairs");
    {
      ScopedTimer inner(timers, "simulate");
      spend(0.002);
    }
    { ScopedTimer inner(timers, "write"); }
    {
      ScopedTimer inner(timers, "simulate");
      spend(0.002);
    }
  }
  {
    ScopedTimer outer(timers, "train");
    ScopedTimer inner(timers, "write");
  }
  const auto phases = timers.phases(world);
  ASSERT_EQ(paths_of(phases), "pairs(3) pairs/simulate(6) pairs/write(3) train(1) train/write(1) ");
  EXPECT_EQ(phases[1].depth, 1);
  EXPECT_GE(phases[1].min, 0.012);  // a sleep never ends early
  EXPECT_GE(phases[0].min, phases[1].min);
  for (const PhaseTime& phase : phases) {
    EXPECT_LE(phase.min, phase.mean);
    EXPECT_LE(phase.mean, phase.max);
    EXPECT_LE(phase.max, world.max(timers.elapsed()));
  }
}

// Rank r sleeps (r+1) units: min, mean and max over the ranks are 1, (n+1)/2 and n units or more. Sleeps are late by
// the load of the machine, so only the lower bounds are sharp.
TEST(TimersMpi, statistics_are_over_the_ranks) {
  const auto world = test::world();
  const double unit = 0.005;
  Timers timers;
  {
    ScopedTimer timer(timers, "work");
    spend(unit * (world.rank() + 1));
  }
  const auto phases = timers.phases(world);
  ASSERT_EQ(phases.size(), 1u);
  EXPECT_GE(phases[0].min, unit);
  EXPECT_GE(phases[0].mean, unit * (world.size() + 1) / 2);
  EXPECT_GE(phases[0].max, unit * world.size());
}

TEST(TimersMpi, ranks_may_go_through_different_phases) {
  const auto world = test::world();
  const bool is_last = world.rank() == world.size() - 1;
  Timers timers;
  {
    ScopedTimer all(timers, "all");
    if (world.is_root()) {
      ScopedTimer timer(timers, "root only");
    }
    if (is_last) {
      ScopedTimer timer(timers, "last only");
      spend(0.004);
    }
  }
  { ScopedTimer timer(timers, "end"); }
  const auto phases = timers.phases(world);
  ASSERT_EQ(paths_of(phases), "all(1) all/root only(1) all/last only(1) end(1) ");
  EXPECT_GE(phases[2].max, 0.004);
  if (world.size() > 1) {
    EXPECT_EQ(phases[2].min, 0.0) << "ranks that never entered count with 0";
  }
}

TEST(TimersMpi, running_phases_count_up_to_now_and_an_exception_closes_them) {
  const auto world = test::world();
  Timers timers;
  try {
    ScopedTimer outer(timers, "outer");
    ScopedTimer inner(timers, "inner");
    spend(0.003);
    const auto phases = timers.phases(world);
    ASSERT_EQ(paths_of(phases), "outer(0) outer/inner(0) ");
    EXPECT_GE(phases[0].min, 0.003);
    EXPECT_GE(phases[1].min, 0.003);
    throw UserError("stop");
  } catch (const UserError&) {
  }
  { ScopedTimer next(timers, "next"); }
  EXPECT_EQ(paths_of(timers.phases(world)), "outer(1) outer/inner(1) next(1) ");
}

TEST(TimersMpi, summary_is_the_same_table_on_every_rank_and_json_is_written) {
  const auto world = test::world();
  Timers timers;
  {
    ScopedTimer outer(timers, "train");
    ScopedTimer inner(timers, "forward");
    spend(0.002);
  }
  const std::string text = timers.summary(world);
  std::string of_root = text;
  world.broadcast(of_root);
  EXPECT_EQ(text, of_root);
  EXPECT_EQ(text.find("phase          calls     min [s]    mean [s]     max [s]   share\n"), 0u) << text;
  EXPECT_NE(text.find("\ntrain              1 "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  forward          1 "), std::string::npos) << text;
  EXPECT_NE(text.find(" on " + std::to_string(world.size()) + " rank"), std::string::npos) << text;

  std::string path = std::filesystem::temp_directory_path() / ("bornflow_timings_" + std::to_string(getpid()));
  world.broadcast(path);
  timers.write_json(path, world, {{"machine", "a \"big\" one"}});
  if (world.is_root()) {
    std::ifstream file(path);
    const std::string json(std::istreambuf_iterator<char>(file), {});
    for (const std::string& part :
         {"\"ranks\": " + std::to_string(world.size()) + ",", std::string("\"machine\": \"a \\\"big\\\" one\""),
          std::string("\"git\": \""),
          std::string("\"path\": \"train/forward\",\n      \"calls\": 1,\n      \"min\": 0.0")})
      EXPECT_NE(json.find(part), std::string::npos) << part << "\nin\n" << json;
    std::filesystem::remove(path);
  }
}

namespace {

std::vector<std::string> seen_regions;
void note_push(const char* name) { seen_regions.push_back(name); }
void note_pop() { seen_regions.push_back("end"); }

}  // namespace

TEST(TimersMpi, kokkos_tools_see_the_same_names) {
  Kokkos::Tools::Experimental::set_push_region_callback(note_push);
  Kokkos::Tools::Experimental::set_pop_region_callback(note_pop);
  Timers timers;
  {
    ScopedTimer outer(timers, "train");
    ScopedTimer inner(timers, "forward");
  }
  Kokkos::Tools::Experimental::set_push_region_callback(nullptr);
  Kokkos::Tools::Experimental::set_pop_region_callback(nullptr);
  EXPECT_EQ(seen_regions, (std::vector<std::string>{"train", "forward", "end", "end"}));
}

TEST(TimersMpi, names_must_not_break_the_tree) {
  Timers timers;
  EXPECT_THROW(ScopedTimer(timers, "a/b"), Bug);
  EXPECT_THROW(ScopedTimer(timers, ""), Bug);
}

}  // namespace bornflow
