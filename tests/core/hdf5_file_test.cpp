#include "bornflow/io/hdf5_file.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"
#include "hdf5_test_folder.hpp"

namespace bornflow {

using test::message_of;

TEST(Hdf5File, gives_back_arrays_of_every_type_and_shape) {
  const test::TestFolder folder;
  const std::vector<float> f{1.5F, -2, std::numeric_limits<float>::denorm_min(), INFINITY, 0, 1e38F};
  const std::vector<double> d{M_PI, -1e300, 0.1};
  const std::vector<std::int32_t> i{-1, std::numeric_limits<std::int32_t>::max()};
  const std::vector<std::int64_t> l{std::numeric_limits<std::int64_t>::min(), 7};
  {
    Hdf5File file = Hdf5File::create(folder.path("a.h5"));
    file.write("x", {2, 3}, f.data());
    file.write("/group/deep/d", {3}, d.data());
    file.write("i", {2, 1}, i.data());
    file.write("l", {2}, l.data());
    file.write("scalar", {}, d.data());
    file.write<float>("none", {0, 5}, nullptr);
    file.close();
  }
  const Hdf5File file = Hdf5File::open(folder.path("a.h5"));
  EXPECT_EQ(file.read<float>("/x"), f);
  EXPECT_EQ(file.shape("x"), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(file.read<double>("group/deep/d"), d);
  EXPECT_EQ(file.read<std::int32_t>("i"), i);
  EXPECT_EQ(file.read<std::int64_t>("l"), l);
  EXPECT_EQ(file.read<double>("scalar"), std::vector<double>{M_PI});
  EXPECT_TRUE(file.shape("scalar").empty());
  EXPECT_TRUE(file.read<float>("none").empty());
  EXPECT_TRUE(file.exists("group/deep"));
  EXPECT_FALSE(file.exists("group/deeper/d"));
}

TEST(Hdf5File, converts_number_types_and_refuses_to_clip) {
  const test::TestFolder folder;
  const std::vector<double> whole{1, 2, -3}, fraction{1.5}, large{1e12};
  {
    Hdf5File file = Hdf5File::create(folder.path("a.h5"));
    file.write("whole", {3}, whole.data());
    file.write("fraction", {1}, fraction.data());
    file.write("large", {1}, large.data());
    file.close();
  }
  const Hdf5File file = Hdf5File::open(folder.path("a.h5"));
  EXPECT_EQ(file.read<std::int32_t>("whole"), (std::vector<std::int32_t>{1, 2, -3}));
  EXPECT_EQ(file.read<float>("whole"), (std::vector<float>{1, 2, -3}));
  EXPECT_EQ(file.read<float>("large"), std::vector<float>{1e12F});
  EXPECT_THROW(file.read<std::int32_t>("fraction"), DataError);
  EXPECT_THROW(file.read<std::int32_t>("large"), DataError);
  EXPECT_EQ(file.read<std::int64_t>("large"), std::vector<std::int64_t>{1000000000000});
}

// The transfer limit of 40 bytes cuts rows of 12 bytes into blocks of three.
TEST(Hdf5File, moves_rows_in_blocks) {
  const test::TestFolder folder;
  std::vector<float> values(30);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  {
    Hdf5File file = Hdf5File::create(folder.path("a.h5"));
    file.set_transfer_limit(40);
    file.create_dataset<float>("rows", {10, 3});
    file.write_rows("rows", 4, 6, values.data() + 12);
    file.write_rows("rows", 0, 4, values.data());
    file.write_rows<float>("rows", 10, 0, nullptr);
    EXPECT_THROW(file.write_rows("rows", 8, 3, values.data()), Bug);
    EXPECT_THROW(file.write_rows("rows", -1, 1, values.data()), Bug);
    EXPECT_THROW(file.create_dataset<float>("rows", {10, 3}), Bug);
    EXPECT_THROW(file.write("rows", {3, 10}, values.data()), Bug);
    file.close();
  }
  Hdf5File file = Hdf5File::open(folder.path("a.h5"));
  EXPECT_EQ(file.read<float>("rows"), values);
  file.set_transfer_limit(1);
  EXPECT_EQ(file.read<float>("rows"), values);
  std::vector<float> part(9);
  file.read_rows("rows", 5, 3, part.data());
  EXPECT_EQ(part, std::vector<float>(values.begin() + 15, values.begin() + 24));
  EXPECT_THROW(file.read_rows("rows", 8, 3, part.data()), DataError);
  EXPECT_THROW(file.read_rows("rows", 1, std::numeric_limits<std::int64_t>::max(), part.data()), DataError);
  EXPECT_THROW(file.write("more", {1}, part.data()), Bug);
}

TEST(Hdf5File, gives_back_attributes) {
  const test::TestFolder folder;
  {
    Hdf5File file = Hdf5File::create(folder.path("a.h5"));
    const float one = 1;
    file.write("g/x", {1}, &one);
    file.write_attribute("/", "text", "metres per second \xC2\xB5");
    file.write_attribute("/", "empty", std::string());
    file.write_attribute("g", "number", 0.1);
    file.write_attribute("g", "number", 0.2);
    file.write_attribute("g/x", "count", std::int64_t{1} << 52);
    file.write_attribute("g/x", "spacing", std::vector<double>{12.5, 25});
    file.close();
  }
  const Hdf5File file = Hdf5File::open(folder.path("a.h5"));
  EXPECT_EQ(file.text_attribute("/", "text"), "metres per second \xC2\xB5");
  EXPECT_EQ(file.text_attribute("/", "empty"), "");
  EXPECT_EQ(file.number_attribute("g", "number"), 0.2);
  EXPECT_EQ(file.number_attribute("g/x", "count"), std::pow(2.0, 52));
  EXPECT_EQ(file.numbers_attribute("g/x", "spacing"), (std::vector<double>{12.5, 25}));
  EXPECT_FALSE(file.has_attribute("g", "text"));
  EXPECT_THROW(file.text_attribute("g", "number"), DataError);
  EXPECT_THROW(file.number_attribute("/", "text"), DataError);
  EXPECT_THROW(file.number_attribute("g/x", "spacing"), DataError);
  EXPECT_NE(message_of<DataError>([&] { file.number_attribute("g", "nothing"); }).find("nothing"), std::string::npos);
}

TEST(Hdf5File, names_the_file_and_what_it_holds_when_a_dataset_is_missing) {
  const test::TestFolder folder;
  const float one = 1;
  Hdf5File written = Hdf5File::create(folder.path("a.h5"));
  written.write("velocity", {1}, &one);
  written.write("g/x", {1}, &one);
  written.close();
  const Hdf5File file = Hdf5File::open(folder.path("a.h5"));
  const std::string message = message_of<DataError>([&] { file.read<float>("vp"); });
  for (const char* part : {"a.h5", "vp", "velocity"}) EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_THROW(file.read<float>("g"), DataError);
  EXPECT_THROW(file.read<float>("velocity/x"), DataError);
}

// Links and storage that lead to other files would read them in the user's name.
TEST(Hdf5File, refuses_what_lies_outside_the_file) {
  const test::TestFolder folder;
  const std::string path = folder.path("links.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t size = 4;
  const hid_t space = H5Screate_simple(1, &size, nullptr);
  H5Lcreate_external("/etc/passwd", "/x", file, "external", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/external", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
  const hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(outside, "/etc/passwd", 0, 16);
  H5Dclose(H5Dcreate2(file, "storage", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, outside, H5P_DEFAULT));
  const hid_t pieced = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_virtual(pieced, space, "/tmp/other.h5", "x", space);
  H5Dclose(H5Dcreate2(file, "virtual", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, pieced, H5P_DEFAULT));
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Dclose(H5Dcreate2(file, "text", text, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Dclose(H5Dcreate2(file, "unwritten", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hsize_t huge[3] = {hsize_t{1} << 31, hsize_t{1} << 31, hsize_t{1} << 31};
  const hid_t huge_space = H5Screate_simple(3, huge, nullptr);
  const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[3] = {1, 1, 1024};
  H5Pset_chunk(chunked, 3, chunk);
  H5Dclose(H5Dcreate2(file, "huge", H5T_NATIVE_FLOAT, huge_space, H5P_DEFAULT, chunked, H5P_DEFAULT));
  for (const hid_t list : {outside, pieced, chunked}) H5Pclose(list);
  for (const hid_t s : {space, huge_space}) H5Sclose(s);
  H5Tclose(text);
  H5Fclose(file);

  const Hdf5File opened = Hdf5File::open(path);
  const auto message = [&](const char* name) { return message_of<DataError>([&] { opened.read<float>(name); }); };
  EXPECT_NE(message("external").find("external link"), std::string::npos) << message("external");
  EXPECT_NE(message("external/x").find("external link"), std::string::npos) << message("external/x");
  EXPECT_NE(message("soft").find("soft link"), std::string::npos) << message("soft");
  EXPECT_NE(message("storage").find("other files"), std::string::npos) << message("storage");
  EXPECT_NE(message("virtual").find("other files"), std::string::npos) << message("virtual");
  EXPECT_NE(message("text").find("another kind"), std::string::npos) << message("text");
  EXPECT_NE(message("unwritten").find("never written"), std::string::npos) << message("unwritten");
  EXPECT_NE(message("huge").find("overflows"), std::string::npos) << message("huge");
}

TEST(Hdf5File, tells_missing_files_and_folders_apart) {
  const test::TestFolder folder;
  const auto message = [](const std::string& path) { return message_of<IoError>([&] { Hdf5File::open(path); }); };
  EXPECT_NE(message(folder.path("none.h5")).find("no such file in folder '" + folder.path() + "'"), std::string::npos);
  EXPECT_NE(message(folder.path("nowhere/none.h5")).find("no such folder"), std::string::npos);
  EXPECT_NE(message(folder.path()).find("is a folder"), std::string::npos);
  EXPECT_NE(message("/dev/zero").find("regular"), std::string::npos);
  const auto created = [](const std::string& path) { return message_of<IoError>([&] { Hdf5File::create(path); }); };
  EXPECT_NE(created(folder.path("nowhere/a.h5")).find("there is no folder"), std::string::npos);
  EXPECT_NE(created(folder.path()).find("is a folder"), std::string::npos);
  EXPECT_NE(created("/proc/a.h5"), "");
  std::filesystem::create_symlink("/tmp/elsewhere", folder.path("link.h5"));
  EXPECT_NE(created(folder.path("link.h5")).find("symbolic link"), std::string::npos);
}

}  // namespace bornflow
