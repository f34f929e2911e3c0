#include "bornflow/io/manifest.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/io/run_folder.hpp"
#include "hdf5_test_folder.hpp"

namespace bornflow {

namespace {

void write_product(const std::string& path, const std::string& configuration) {
  OutputFile output(path);
  const float one = 1;
  output.file().write("image", {1}, &one);
  output.file().write_attribute("/", "configuration", configuration);
  output.commit();
}

}  // namespace

// Published values of FNV-1a, 64 bits: the empty text, "a", "foobar".
TEST(Manifest, digests_are_fnv1a) {
  EXPECT_EQ(text_digest(""), "cbf29ce484222325");
  EXPECT_EQ(text_digest("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(text_digest("foobar"), "85944171f73967e8");
  const test::TestFolder folder;
  const std::string large(3000000, 'x');
  test::write_bytes(folder.path("large"), large);
  EXPECT_EQ(file_digest(folder.path("large")), text_digest(large));
  EXPECT_THROW(file_digest(folder.path("none")), IoError);
  EXPECT_THROW(file_digest(folder.path()), IoError);
}

TEST(ProductState, tells_the_four_states_apart) {
  const test::TestFolder folder;
  const std::string path = folder.path("image.h5");
  EXPECT_EQ(product_state(path, "abc"), ProductState::missing);
  write_product(path, "abc");
  EXPECT_EQ(product_state(path, "abc"), ProductState::complete);
  EXPECT_EQ(product_state(path, "abd"), ProductState::other_configuration);
  const std::string whole = test::file_bytes(path);
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
    test::write_bytes(path, whole.substr(0, length));
    EXPECT_EQ(product_state(path, "abc"), ProductState::damaged) << length;
  }
  Hdf5File foreign = Hdf5File::create(path);
  foreign.write_attribute("/", "complete", 1);
  foreign.close();
  EXPECT_EQ(product_state(path, "abc"), ProductState::damaged);
  EXPECT_EQ(product_state(folder.path(), "abc"), ProductState::damaged);
}

// The system refuses to write more than 10 bytes: the old text must survive.
TEST(AtomicText, keeps_the_old_text_when_the_new_one_cannot_be_written) {
  const test::TestFolder folder;
  const std::string path = folder.path("run.status");
  write_text_atomically(path, "done\n");
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{10, old_limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message =
      test::message_of<IoError>([&] { write_text_atomically(path, std::string(1000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_NE(message.find("1000 bytes needed"), std::string::npos) << message;
  EXPECT_EQ(test::file_bytes(path), "done\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  EXPECT_THROW(write_text_atomically(folder.path("nowhere/run.status"), "x"), IoError);
  std::filesystem::create_directory(folder.path("taken"));
  EXPECT_THROW(write_text_atomically(folder.path("taken"), "x"), IoError);
  EXPECT_FALSE(std::filesystem::exists(folder.path("taken.partial")));
}

}  // namespace bornflow
