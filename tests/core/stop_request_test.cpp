#include "bornflow/report/stop_request.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace bornflow {

namespace {

volatile std::sig_atomic_t former_calls = 0;
void former_handler(int) { former_calls = former_calls + 1; }

}  // namespace

TEST(StopRequest, gives_the_former_handlers_back) {
  const auto world = test::world();
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    const auto original = std::signal(signal, former_handler);
    former_calls = 0;
    {
      StopRequest stop(world, 0, "");
      raise(signal);
      EXPECT_EQ(former_calls, 0);
    }
    raise(signal);
    EXPECT_EQ(former_calls, 1);
    std::signal(signal, original);
  }
}

TEST(StopRequest, signals_of_the_start_are_kept_for_it) {
  const auto world = test::world();
  for (const int signal : {SIGTERM, SIGUSR1}) {
    const HeldStopSignals held;
    raise(signal);  // would end the process
    StopRequest stop(world, 0, "");
    EXPECT_TRUE(stop.poll());
    EXPECT_EQ(stop.reason(), signal == SIGTERM ? "signal SIGTERM" : "signal SIGUSR1");
  }
  const auto start_alone = [](int signal) {
    { const HeldStopSignals held; }
    raise(signal);
  };
  EXPECT_EXIT(start_alone(SIGTERM), testing::KilledBySignal(SIGTERM), "") << "held for the start only";
}

TEST(StopRequest, second_interrupt_kills_at_once) {
  const auto world = test::world();
  StopRequest stop(world, 0, "");
  const auto interrupt = [](int times) {
    for (int i = 0; i < times; ++i) raise(SIGINT);
    std::_Exit(7);
  };
  EXPECT_EXIT(interrupt(1), testing::ExitedWithCode(7), "");  // in child processes
  EXPECT_EXIT(interrupt(2), testing::KilledBySignal(SIGINT), "");
}

TEST(StopRequest, margin_is_a_tenth_and_at_most_five_minutes) {
  const auto world = test::world();
  EXPECT_EQ(StopRequest(world, 0, "").margin(), 0);
  EXPECT_DOUBLE_EQ(StopRequest(world, 600, "").margin(), 60);
  EXPECT_EQ(StopRequest(world, 86400, "").margin(), 300);
}

}  // namespace bornflow
