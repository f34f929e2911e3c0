#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "bornflow/base/error.hpp"
#include "bornflow/report/stop_request.hpp"
#include "support/world.hpp"

namespace bornflow {

TEST(StopRequestMpi, signal_on_one_rank_stops_all_at_the_same_poll) {
  const auto world = test::world();
  int trial = 0;
  for (const auto& [signal, name] : {std::pair{SIGTERM, "signal SIGTERM"}, std::pair{SIGUSR1, "signal SIGUSR1"},
                                     std::pair{SIGINT, "signal SIGINT"}}) {
    for (int rank = 0; rank < world.size(); ++rank) {
      StopRequest stop(world, 0, "");
      const int at = 1 + trial++ % 4;
      int polls = 0;
      for (; polls < 10; ++polls) {
        if (world.rank() == rank && polls == at) raise(signal);
        if (stop.poll()) break;
        EXPECT_EQ(stop.reason(), "");
      }
      EXPECT_EQ(polls, at);  // on every rank
      EXPECT_EQ(stop.reason(), name);
      EXPECT_TRUE(stop.poll());
    }
  }
}

TEST(StopRequestMpi, different_signals_give_one_reason) {
  const auto world = test::world();
  StopRequest stop(world, 0, "");
  raise(world.rank() % 2 == 0 ? SIGTERM : SIGUSR1);
  EXPECT_TRUE(stop.poll());
  EXPECT_EQ(stop.reason(), "signal SIGTERM");  // the larger number
}

TEST(StopRequestMpi, a_new_request_starts_afresh) {
  const auto world = test::world();
  {
    StopRequest stop(world, 0, "");
    raise(SIGUSR1);
    EXPECT_TRUE(stop.poll());
  }
  StopRequest stop(world, 0, "");
  EXPECT_FALSE(stop.poll());
  EXPECT_THROW(StopRequest(world, 0, ""), Bug) << "two at a time would steal each other's signals";
}

TEST(StopRequestMpi, stop_file_stops_all_and_is_removed) {
  const auto world = test::world();
  std::string path = std::filesystem::temp_directory_path() / ("bornflow_stop_" + std::to_string(getpid()));
  world.broadcast(path);
  {
    StopRequest stop(world, 0, path);
    EXPECT_FALSE(stop.poll());
  }
  world.barrier();
  if (world.is_root()) std::ofstream(path).put('\n');
  StopRequest stop(world, 0, path);
  EXPECT_TRUE(stop.poll());
  EXPECT_EQ(stop.reason(), "the stop file " + path + " was found");
  EXPECT_FALSE(std::filesystem::exists(path));
}

// 0.2 s of wall time leave 0.02 s of margin: true from 0.18 s on, not at once.
TEST(StopRequestMpi, wall_time_stops_all_before_it_is_over) {
  const auto world = test::world();
  StopRequest stop(world, 0.2, "");
  EXPECT_DOUBLE_EQ(stop.margin(), 0.02);
  const auto start = std::chrono::steady_clock::now();
  int polls = 0;
  while (!stop.poll()) {
    ++polls;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (world.is_root()) {  // its clock decides; it started a little before `start`
    EXPECT_GE(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 0.17);
  }
  EXPECT_EQ(world.max(std::int64_t{polls}), -world.max(std::int64_t{-polls})) << "all at the same poll";
  EXPECT_EQ(stop.reason(), "the wall time of 00:00:00 is used up but for the margin of 00:00:00");
}

}  // namespace bornflow
