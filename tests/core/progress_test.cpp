#include "bornflow/report/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <limits>
#include <sstream>

#include "bornflow/report/duration.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

/// What a log prints while `work` runs with a clock that only `work` moves.
template <class Work>
std::vector<std::string> printed(const Work& work) {
  const auto world = test::world();
  testing::internal::CaptureStdout();
  {
    Log log(world);
    double now = 100;
    work(log, now);
  }
  std::istringstream text(testing::internal::GetCapturedStdout());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

ProgressSettings with_clock(double& now, double seconds_between_rows = 30) {
  ProgressSettings settings;
  settings.seconds_between_rows = seconds_between_rows;
  settings.clock = [&now] { return now; };
  return settings;
}

}  // namespace

TEST(Progress, batch_log_has_a_row_at_most_every_interval) {
  const auto lines = printed([](Log& log, double& now) {
    Progress progress(log, "training", 200, "steps", with_clock(now));
    for (int step = 1; step <= 100; ++step) {
      now += 1;  // rows at 1, 31, 61, 91 s and the last at 100 s
      progress.update(step, {{"loss", 1.0 / step}});
    }
    progress.finish();
  });
  const std::vector<std::string> expected = {"       steps   done %      steps/s    elapsed       left         loss",
                                             "           1      0.5            1   00:00:01   00:03:19            1",
                                             "          31     15.5            1   00:00:31   00:02:49     0.032258",
                                             "          61     30.5            1   00:01:01   00:02:19     0.016393",
                                             "          91     45.5            1   00:01:31   00:01:49     0.010989",
                                             "         100     50.0            1   00:01:40   00:01:40         0.01",
                                             "training: 100 steps in 00:01:40 (1 steps/s)"};
  EXPECT_EQ(lines, expected);
  for (const std::string& line : lines) EXPECT_EQ(line.find_first_of("\r\033"), std::string::npos);
}

TEST(Progress, header_comes_again_every_twenty_rows_and_with_new_columns) {
  const auto lines = printed([](Log& log, double& now) {
    Progress progress(log, "x", 0, "items", with_clock(now, 0));
    for (int i = 1; i <= 45; ++i) {
      now += 1;
      progress.update(i);
    }
    now += 1;
    progress.update(46, {{"misfit", 2}});
  });
  std::vector<int> headers;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].find("elapsed") != std::string::npos) headers.push_back(static_cast<int>(i));
  EXPECT_EQ(headers, (std::vector<int>{0, 21, 42, 48}));
  EXPECT_EQ(lines.size(), 46u + 4u);
  EXPECT_EQ(lines[0].find("left"), std::string::npos) << "unknown total";
}

TEST(Progress, rate_does_not_count_what_an_earlier_run_did) {
  const auto lines = printed([](Log& log, double& now) {
    Progress progress(log, "pairs", 1000, "pairs", with_clock(now));
    progress.go_on_from(900);
    now += 10;
    progress.update(950);
    progress.finish();
  });
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "         950     95.0            5   00:00:10   00:00:10");
  EXPECT_EQ(lines[2], "pairs: 50 pairs in 00:00:10 (5 pairs/s)");
}

TEST(Progress, nothing_done_is_no_division_by_zero) {
  const auto lines = printed([](Log& log, double& now) {
    Progress progress(log, "pairs", 10, "pairs", with_clock(now));
    progress.update(0);
    progress.finish();
    Progress untouched(log, "none", 10, "pairs", with_clock(now));
    untouched.finish();
  });
  const std::vector<std::string> expected = {"       pairs   done %      pairs/s    elapsed       left",
                                             "           0      0.0            0   00:00:00   --:--:--",
                                             "pairs: 0 pairs in 00:00:00", "none: 0 pairs in 00:00:00"};
  EXPECT_EQ(lines, expected);
}

namespace {

// Standard output becomes a pseudo-terminal of this width while the object lives; text() is what was written to it.
class FakeTerminal {
public:
  explicit FakeTerminal(unsigned short columns) {
    std::fflush(stdout);
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    const int terminal = open(ptsname(master_), O_RDWR | O_NOCTTY);
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    works_ = terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0;
    former_ = dup(STDOUT_FILENO);
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
  }
  ~FakeTerminal() {
    dup2(former_, STDOUT_FILENO);
    close(former_);
    close(master_);
  }
  bool works() const { return works_; }
  std::string text() {
    std::fflush(stdout);
    std::string all;
    char part[256];
    for (ssize_t n = 0; (n = read(master_, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(n));
    return all;
  }

private:
  int master_ = -1, former_ = -1;
  bool works_ = false;
};

}  // namespace

TEST(Progress, terminal_has_one_changing_line_of_its_width) {
  const auto world = test::world();
  std::string text;
  {
    FakeTerminal terminal(60);
    if (!terminal.works()) GTEST_SKIP() << "no pseudo-terminals here";
    Log log(world);
    EXPECT_EQ(log.terminal_columns(), 60);
    double now = 0;
    Progress progress(log, "pairs", 100, "pairs", with_clock(now));
    now = 10;
    progress.update(50);
    log.line("a message");
    now = 10.1;  // too soon for another bar
    progress.update(51);
    progress.finish();
    text = terminal.text();
  }
  const std::string bar =
      "\r\033[Kpairs [============            ] 50.0 %  5 pairs/s  00:00:10  ";  // cut at 59 columns
  const std::string shown = bar.substr(0, 4 + 59);
  EXPECT_EQ(text, shown + "\r\033[Ka message\r\n" + shown + "\r\033[Kpairs: 51 pairs in 00:00:10 (5.05 pairs/s)\r\n");
}

// What a rank under Open MPI's mpiexec sees, also in a batch job.
TEST(Progress, terminal_without_a_size_is_a_batch_log) {
  const auto world = test::world();
  FakeTerminal terminal(0);
  Log log(world);
  log.show_status("a bar");
  EXPECT_EQ(log.terminal_columns(), 0);
  EXPECT_EQ(terminal.text(), "");
}

TEST(Duration, is_hours_minutes_seconds) {
  EXPECT_EQ(format_duration(0), "00:00:00");
  EXPECT_EQ(format_duration(59.4), "00:00:59");
  EXPECT_EQ(format_duration(59.6), "00:01:00");
  EXPECT_EQ(format_duration(3599.5), "01:00:00");
  EXPECT_EQ(format_duration(86399), "23:59:59");
  EXPECT_EQ(format_duration(360000), "100:00:00");
  EXPECT_EQ(format_duration(-1), "--:--:--");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "--:--:--");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "--:--:--");
}

}  // namespace bornflow
