#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/parallel/work.hpp"
#include "hdf5_test_folder.hpp"
#include "support/world.hpp"

namespace bornflow {

namespace {

constexpr std::int64_t n_rows = 37, n_columns = 5;

std::vector<float> row_values(WorkRange rows) {
  std::vector<float> values;
  for (std::int64_t i = rows.begin * n_columns; i < rows.end * n_columns; ++i)
    values.push_back(static_cast<float>(i) * 0.25F - 7);
  return values;
}

/// The calls a job makes; `part` of `n_parts` writes its rows, and only rank 0 knows the right whole array.
void write_product(Hdf5File& file, int part, int n_parts) {
  file.set_transfer_limit(3 * n_columns * 4);  // three rows a call: the ranks make unequal numbers of full blocks
  const std::vector<double> d{1, 2, part == 0 ? 3.0 : -1.0};
  const std::vector<std::int64_t> ranks{4, 5};
  file.write("history/loss", {3}, d.data());
  file.create_dataset<float>("rows", {n_rows, n_columns});
  file.create_dataset<float>("late", {n_rows, n_columns});
  const WorkRange mine = contiguous_share(n_rows, part, n_parts);
  file.write_rows("rows", mine.begin, mine.size(), row_values(mine).data());
  // The last part writes everything: the others take part with no rows.
  const bool last = part == n_parts - 1;
  const auto all = row_values({0, n_rows});
  file.write_rows("late", 0, last ? n_rows : 0, last ? all.data() : nullptr);
  file.write("sbc/ranks", {2}, ranks.data());
  file.write<float>("none", {0, 4}, nullptr);
  file.write_attribute("/", "text", part == 0 ? "bornflow" : "another text");
  for (int i = 0; i < 12; ++i) file.write_attribute("history", "number_" + std::to_string(i), i + 0.5);
  for (int i = 0; i < 40; ++i) file.write("weights/w" + std::to_string(i), {2}, ranks.data());
  file.write_attribute("rows", "spacing", std::vector<double>{12.5, 25});
  file.write_attribute("rows", "count", part == 0 ? 3 : 4);
  file.write_attribute("rows", "count", 5);
}

}  // namespace

// Rank 0 makes the same calls alone, with and without MPI-IO; the bytes must agree for any number of ranks.
TEST(Hdf5FileMpi, has_the_same_bytes_for_any_number_of_ranks) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  {
    Hdf5File file = Hdf5File::create_parallel(folder.path("world.h5"), world);
    write_product(file, world.rank(), world.size());
    file.close();
  }
  const Communicator alone = world.split(world.rank());
  if (!world.is_root()) return;
  Hdf5File one_rank = Hdf5File::create_parallel(folder.path("one.h5"), alone);
  write_product(one_rank, 0, 1);
  one_rank.close();
  Hdf5File serial = Hdf5File::create(folder.path("serial.h5"));
  write_product(serial, 0, 1);
  serial.close();
  const std::string expected = test::file_bytes(folder.path("serial.h5"));
  EXPECT_GT(expected.size(), 2U * n_rows * n_columns * 4);
  EXPECT_TRUE(test::file_bytes(folder.path("one.h5")) == expected);
  EXPECT_TRUE(test::file_bytes(folder.path("world.h5")) == expected);

  const Hdf5File file = Hdf5File::open(folder.path("world.h5"));
  EXPECT_EQ(file.read<float>("rows"), row_values({0, n_rows}));
  EXPECT_EQ(file.read<float>("late"), row_values({0, n_rows}));
  EXPECT_EQ(file.read<double>("history/loss"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(file.text_attribute("/", "text"), "bornflow");
  EXPECT_EQ(file.number_attribute("rows", "count"), 5);
}

// Open MPI 4.1 corrupts files opened on a Cartesian communicator; ours is made plain again before HDF5 sees it.
TEST(Hdf5FileMpi, keeps_data_right_when_the_caller_has_a_cartesian_communicator) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  const int sizes[1] = {world.size()}, periodic[1] = {0};
  MPI_Comm cartesian = MPI_COMM_NULL;
  MPI_Cart_create(world.get(), 1, sizes, periodic, 0, &cartesian);
  {
    const Communicator comm(cartesian);
    Hdf5File file = Hdf5File::create_parallel(folder.path("a.h5"), comm);
    file.create_dataset<float>("rows", {n_rows, n_columns});
    const WorkRange mine = contiguous_share(n_rows, comm.rank(), comm.size());
    file.write_rows("rows", mine.begin, mine.size(), row_values(mine).data());
    file.close();
  }
  MPI_Comm_free(&cartesian);
  world.barrier();
  EXPECT_EQ(Hdf5File::open(folder.path("a.h5")).read<float>("rows"), row_values({0, n_rows}));
}

TEST(Hdf5FileMpi, all_ranks_throw_when_the_file_cannot_be_made) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  const auto message = [&](const std::string& path) {
    return test::message_of<IoError>([&] { Hdf5File::create_parallel(path, world); });
  };
  EXPECT_NE(message(folder.path("nowhere/a.h5")).find("there is no folder"), std::string::npos);
  EXPECT_NE(message(folder.path()).find("is a folder"), std::string::npos);
}

TEST(Hdf5FileMpi, an_output_file_appears_whole_or_not_at_all) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  const std::string path = folder.path("image.h5");
  {
    OutputFile output(path, world);
    write_product(output.file(), world.rank(), world.size());
  }
  world.barrier();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  {
    OutputFile output(path, world);
    write_product(output.file(), world.rank(), world.size());
    EXPECT_FALSE(std::filesystem::exists(path));
    output.commit();
  }
  world.barrier();
  EXPECT_TRUE(is_complete(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  world.barrier();
}

// A disk that is full is seen before anything is written, and by all ranks.
TEST(Hdf5FileMpi, all_ranks_throw_when_the_disk_cannot_hold_a_dataset) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  OutputFile output(folder.path("a.h5"), world);
  const std::string message =
      test::message_of<IoError>([&] { output.file().create_dataset<double>("x", {1 << 30, 1 << 26}); });
  EXPECT_NE(message.find("576460752303423488 bytes needed"), std::string::npos) << message;
  // One rank's exception must not hang the others in a collective close.
  EXPECT_THROW(output.commit(), IoError);
}

// Only rank 0, which MPI-IO always lets write, meets its quota (a limit on the size of files stands for one). All ranks
// must throw the same error.
TEST(Hdf5FileMpi, all_ranks_throw_when_one_cannot_write) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  {
    OutputFile output(folder.path("a.h5"), world);
    const std::int64_t n = 100000;  // 400 kB a rank
    output.file().create_dataset<float>("x", {n * world.size()});
    const rlimit limit{100000, old_limit.rlim_max};
    if (world.is_root()) {
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    const std::vector<float> values(static_cast<std::size_t>(n), 1);
    const std::string message =
        test::message_of<IoError>([&] { output.file().write_rows("x", n * world.rank(), n, values.data()); });
    setrlimit(RLIMIT_FSIZE, &old_limit);
    std::string first = message;
    world.broadcast(first);
    EXPECT_EQ(message, first);
    EXPECT_NE(message.find("400000 bytes needed"), std::string::npos) << message;
    EXPECT_THROW(output.file().write_rows("x", n * world.rank(), n, values.data()), IoError);
    EXPECT_THROW(output.commit(), IoError);
  }
  std::signal(SIGXFSZ, old_handler);
  world.barrier();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  world.barrier();
}

}  // namespace bornflow
