// Damaged files: opening and reading either works or throws DataError, and never crashes or hangs.

#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "hdf5_test_folder.hpp"

namespace bornflow {

namespace {

using test::message_of;

std::string small_file(const test::TestFolder& folder) {
  const std::string path = folder.path("whole.h5");
  std::vector<float> values(500);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  Hdf5File file = Hdf5File::create(path);
  file.write("x", {20, 25}, values.data());
  file.write("history/loss", {500}, values.data());
  file.write_attribute("/", "format", "bornflow");
  file.write_attribute("history", "epochs", 500.0);
  file.close();
  return test::file_bytes(path);
}

void read_everything(const std::string& path) {
  const Hdf5File file = Hdf5File::open(path);
  file.read<float>("x");
  file.read<double>("history/loss");
  file.text_attribute("/", "format");
  file.number_attribute("history", "epochs");
}

/// A file of the oldest format, as other programs write it: no checksums, symbol tables, chunks and a text of variable
/// length on the global heap.
std::string old_file(const test::TestFolder& folder) {
  const std::string path = folder.path("old.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t sizes[2] = {20, 25}, chunk[2] = {5, 25}, flat = 500;
  const hid_t space = H5Screate_simple(2, sizes, nullptr), flat_space = H5Screate_simple(1, &flat, nullptr);
  const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(chunked, 2, chunk);
  const std::vector<float> values(500, 1.5F);
  const auto write = [&](hid_t dataset) {
    H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
  };
  write(H5Dcreate2(file, "x", H5T_IEEE_F32BE, space, H5P_DEFAULT, chunked, H5P_DEFAULT));
  const hid_t group = H5Gcreate2(file, "history", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  write(H5Dcreate2(group, "loss", H5T_NATIVE_FLOAT, flat_space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hid_t scalar = H5Screate(H5S_SCALAR), text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, H5T_VARIABLE);
  const hid_t format = H5Acreate2(file, "format", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
  const char* name = "another program";
  H5Awrite(format, text, &name);
  const hid_t epochs = H5Acreate2(group, "epochs", H5T_NATIVE_DOUBLE, scalar, H5P_DEFAULT, H5P_DEFAULT);
  const double n_epochs = 500;
  H5Awrite(epochs, H5T_NATIVE_DOUBLE, &n_epochs);
  for (const hid_t attribute : {format, epochs}) H5Aclose(attribute);
  for (const hid_t s : {space, flat_space, scalar}) H5Sclose(s);
  H5Tclose(text);
  H5Pclose(chunked);
  H5Gclose(group);
  H5Fclose(file);
  return test::file_bytes(path);
}

/// Reads copies of `whole` with 1 to 8 random bytes changed; returns how many were refused.
int refused_mutants(const std::string& whole, const std::string& path, int n_mutants) {
  int n_refused = 0;
  for (int mutant = 0; mutant < n_mutants; ++mutant) {
    RandomStream stream(11, Purpose::test, static_cast<std::uint64_t>(mutant));
    std::string bytes = whole;
    for (int i = stream.integer(1, 8); i > 0; --i)
      bytes[static_cast<std::size_t>(stream.integer(0, static_cast<int>(bytes.size()) - 1))] =
          static_cast<char>(stream.integer(0, 255));
    test::write_bytes(path, bytes);
    try {
      read_everything(path);
    } catch (const DataError&) {
      ++n_refused;
    }
  }
  return n_refused;
}

}  // namespace

TEST(Hdf5Damage, truncated_files_are_refused_at_every_length) {
  const test::TestFolder folder;
  const std::string whole = small_file(folder);
  const std::string path = folder.path("cut.h5");
  for (std::size_t length = 1; length < whole.size(); length += whole.size() / 23 + 1) {
    test::write_bytes(path, whole.substr(0, length));
    const std::string message = message_of<DataError>([&] { read_everything(path); });
    EXPECT_NE(message.find(length < 48 ? "not an HDF5 file" : "truncated"), std::string::npos) << length << message;
  }
  test::write_bytes(path, "");
  EXPECT_NE(message_of<DataError>([&] { read_everything(path); }).find("zero length"), std::string::npos);
  test::write_bytes(path, "1 2 3\n4 5 6\n");
  EXPECT_NE(message_of<DataError>([&] { read_everything(path); }).find("not an HDF5 file"), std::string::npos);
}

TEST(Hdf5Damage, changed_bytes_of_our_files_give_an_error_or_the_values) {
  const test::TestFolder folder;
  const int n_refused = refused_mutants(small_file(folder), folder.path("mutant.h5"), 100);
  // Metadata are a good part of this file and checksums guard them; values have no checksum.
  EXPECT_GT(n_refused, 20);
  EXPECT_LT(n_refused, 100);
}

TEST(Hdf5Damage, changed_bytes_of_old_files_give_an_error_or_values) {
  const test::TestFolder folder;
  const std::string whole = old_file(folder);
  EXPECT_NO_THROW(read_everything(folder.path("old.h5")));
  const int n_refused = refused_mutants(whole, folder.path("mutant.h5"), 300);
  EXPECT_GT(n_refused, 20);
  EXPECT_LT(n_refused, 300);
}

// A scheduler's signal reaches every process of a job, also the one that looks at a file: it says nothing about the file.
TEST(Hdf5Damage, a_signal_to_the_job_is_no_damage) {
  const test::TestFolder folder;
  const std::string path = folder.path("whole.h5");
  small_file(folder);
  const pid_t job = ::fork();
  if (job == 0) {
    ::setpgid(0, 0);   // the signals stay within
    std::signal(SIGTERM, [](int) {});
    std::thread([] {
      for (;;) {
        ::kill(0, SIGTERM);
        ::usleep(100);
      }
    }).detach();
    try {
      for (int i = 0; i < 20; ++i) read_everything(path);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(3);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(job, &status, 0), job);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace bornflow
