#include "bornflow/report/log.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// One name for all ranks.
std::string shared_path(const Communicator& world) {
  std::string path = std::filesystem::temp_directory_path() / ("bornflow_log_" + std::to_string(getpid()));
  world.broadcast(path);
  return path;
}

}  // namespace

TEST(LogMpi, rank_0_alone_writes_and_appends) {
  const auto world = test::world();
  const std::string path = shared_path(world);
  testing::internal::CaptureStdout();
  {
    Log log(world, path);
    log.line("first");
    log.warn("second");
    EXPECT_EQ(log.warnings(), 1);
  }
  {
    Log log(world);
    log.line("not in the file");
    log.open_file(path);
    log.line("third\nin two lines");
    log.line("");
    EXPECT_EQ(log.warnings(), 0);
  }
  const std::string printed = testing::internal::GetCapturedStdout();
  world.barrier();
  EXPECT_EQ(content(path), "first\nWARNING: second\nthird\nin two lines\n\n");
  EXPECT_EQ(printed, world.is_root() ? "first\nWARNING: second\nnot in the file\nthird\nin two lines\n\n" : "");
  world.barrier();
  if (world.is_root()) std::filesystem::remove(path);
}

TEST(LogMpi, unwritable_file_is_an_io_error_on_rank_0) {
  const auto world = test::world();
  Log log(world);
  if (world.is_root()) {
    EXPECT_THROW(log.open_file("/nonexistent/folder/run.log"), IoError);
  } else {
    EXPECT_NO_THROW(log.open_file("/nonexistent/folder/run.log"));
  }
}

TEST(LogMpi, full_disk_does_not_end_the_run) {
  const auto world = test::world();
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  Log log(world, "/dev/full");
  EXPECT_NO_THROW(log.line_to_file("lost"));
}

}  // namespace bornflow
