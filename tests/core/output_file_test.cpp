#include "bornflow/io/output_file.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "bornflow/base/error.hpp"
#include "hdf5_test_folder.hpp"

namespace bornflow {

namespace {

const std::vector<float> values(1000, 2.5F);

void write_and_commit(const std::string& path) {
  OutputFile output(path);
  output.file().write("x", {1000}, values.data());
  output.commit();
}

}  // namespace

TEST(OutputFile, appears_when_it_is_committed) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  EXPECT_FALSE(is_complete(path));
  write_and_commit(path);
  EXPECT_TRUE(is_complete(path));
  const Hdf5File file = Hdf5File::open(path);
  EXPECT_EQ(file.text_attribute("/", "format"), "bornflow");
  EXPECT_EQ(file.number_attribute("/", "format_version"), OutputFile::format_version);
  EXPECT_EQ(file.read<float>("x"), values);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(OutputFile, leaves_the_older_file_alone_until_it_is_committed) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  write_and_commit(path);
  const std::string before = test::file_bytes(path);
  try {
    OutputFile output(path);
    const float other = 7;
    output.file().write("y", {1}, &other);
    throw std::runtime_error("something else went wrong");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(test::file_bytes(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(OutputFile, has_the_same_bytes_in_every_run) {
  const test::TestFolder folder;
  write_and_commit(folder.path("a.h5"));
  sleep(1);  // object times, were they stored, have a resolution of one second
  write_and_commit(folder.path("b.h5"));
  EXPECT_TRUE(test::file_bytes(folder.path("a.h5")) == test::file_bytes(folder.path("b.h5")));
}

// A child process is killed before it commits: nothing has the final name, and the next run is not disturbed.
TEST(OutputFile, a_killed_writer_leaves_nothing_that_looks_whole) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  const pid_t child = fork();
  if (child == 0) {
    OutputFile output(path);
    output.file().write("x", {1000}, values.data());
    output.file().write_attribute("/", "complete", 1);
    kill(getpid(), SIGKILL);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(std::filesystem::exists(path + ".partial"));
  EXPECT_FALSE(is_complete(path));
  EXPECT_FALSE(is_complete(path + ".partial"));
  write_and_commit(path);
  EXPECT_TRUE(is_complete(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(OutputFile, does_not_write_through_a_planted_link) {
  const test::TestFolder folder;
  test::write_bytes(folder.path("precious"), "precious");
  std::filesystem::create_symlink(folder.path("precious"), folder.path("a.h5.partial"));
  write_and_commit(folder.path("a.h5"));
  EXPECT_EQ(test::file_bytes(folder.path("precious")), "precious");
  EXPECT_TRUE(is_complete(folder.path("a.h5")));
}

TEST(OutputFile, tells_foreign_and_damaged_files_from_complete_ones) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  write_and_commit(path);
  const std::string whole = test::file_bytes(path);
  test::write_bytes(folder.path("cut.h5"), whole.substr(0, whole.size() / 2));
  EXPECT_FALSE(is_complete(folder.path("cut.h5")));
  Hdf5File::create(folder.path("plain.h5")).close();
  EXPECT_FALSE(is_complete(folder.path("plain.h5")));
  EXPECT_FALSE(is_complete(folder.path()));
  EXPECT_THROW(OutputFile(folder.path("nowhere/a.h5")), IoError);
}

// A limit on the size of files stands for a quota: the system refuses the write in the middle.
TEST(OutputFile, an_exceeded_quota_is_an_error_with_numbers) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  write_and_commit(path);
  const std::string before = test::file_bytes(path);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const std::vector<float> large(100000, 1);
  // The quota is reached when the file or the dataset is made, when values are written, or when the file is closed.
  for (const bool late : {false, true}) {
    for (const rlim_t bytes : {rlim_t{0}, rlim_t{600}, rlim_t{100000}, rlim_t{400000}}) {
      const rlimit limit{bytes, old_limit.rlim_max};
      const std::string message = test::message_of<IoError>([&] {
        if (!late) setrlimit(RLIMIT_FSIZE, &limit);
        OutputFile output(path);
        output.file().create_dataset<float>("x", {100000});
        setrlimit(RLIMIT_FSIZE, &limit);
        output.file().write_rows("x", 0, 100000, large.data());
        output.commit();
      });
      setrlimit(RLIMIT_FSIZE, &old_limit);
      EXPECT_NE(message.find("a.h5.partial"), std::string::npos) << bytes << ": " << message;
      if (bytes == 100000) {
        EXPECT_NE(message.find("400000 bytes needed"), std::string::npos) << message;
        EXPECT_NE(message.find("free in '" + folder.path()), std::string::npos) << message;
      }
      EXPECT_FALSE(std::filesystem::exists(path + ".partial")) << bytes;
      EXPECT_TRUE(test::file_bytes(path) == before) << bytes;
    }
  }
  std::signal(SIGXFSZ, old_handler);
  // Files that could not be flushed stay open (see Hdf5File), but no datasets: those crash HDF5 when the program ends.
  EXPECT_EQ(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL & ~H5F_OBJ_FILE), 0);
  write_and_commit(path);
  EXPECT_TRUE(is_complete(path));
}

// A disk of 512 kB, seen by a child process alone. What was laid out before another job filled it can still be written.
TEST(OutputFile, a_full_disk_is_an_error_and_gets_its_space_back) {
  const test::TestFolder folder;
  const std::string path = folder.path("a.h5");
  enum Outcome { good = 0, not_permitted = 10, no_room, no_error, leftover, space_lost, cannot_write_again };
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", folder.path().c_str(), "tmpfs", 0, "size=512k") != 0)
      _exit(not_permitted);
    const auto free_before = std::filesystem::space(folder.path()).available;
    const std::vector<float> large(80000, 1);
    bool written = false;
    const std::string message = test::message_of<IoError>([&] {
      OutputFile output(path);
      output.file().create_dataset<float>("x", {80000});
      test::write_bytes(folder.path("other"), std::string(512000, 'o'));
      output.file().write_rows("x", 0, 80000, large.data());
      written = true;
      output.file().write("y", {80000}, large.data());
      output.commit();
    });
    if (!written) _exit(no_room);
    if (message.find("320000 bytes needed") == std::string::npos) _exit(no_error);
    if (message.find("a.h5.partial") == std::string::npos) _exit(no_error);
    if (std::filesystem::exists(path) || std::filesystem::exists(path + ".partial")) _exit(leftover);
    std::filesystem::remove(folder.path("other"));
    if (std::filesystem::space(folder.path()).available != free_before) _exit(space_lost);
    write_and_commit(path);
    _exit(is_complete(path) ? good : cannot_write_again);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == not_permitted) GTEST_SKIP() << "mounting a small disk needs more rights";
  EXPECT_EQ(WEXITSTATUS(status), good);
}

}  // namespace bornflow
