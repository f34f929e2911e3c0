#include "bornflow/io/model_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "hdf5_test_folder.hpp"

namespace bornflow {

namespace {

using test::message_of;

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string npy(const std::string& header, const std::string& values, char version = 1) {
  std::string start = std::string("\x93NUMPY") + version + '\0';
  const auto length = static_cast<unsigned>(header.size());
  for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte) start += static_cast<char>(length >> 8 * byte & 0xff);
  return start + header + values;
}

const std::vector<float> values{1500, 1600, 1700, 2000, 2100, 2200};  // (nz, nx) = (2, 3)

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Message of read_velocity for a raw 2 x 3 file with these values.
std::string refusal(const test::TestFolder& folder, const std::vector<float>& raw, const std::string& units) {
  test::write_bytes(folder.path("v.bin"), bytes_of(raw));
  return message_of<DataError>([&] { read_velocity({folder.path("v.bin"), "", units, 10, 10, 3, 2}); });
}

/// The folder of real models beside the sources, or an empty text.
std::string shared_data() {
  const char* given = std::getenv("BORNFLOW_SHARED_DATA");
  if (given != nullptr) return given;
#ifdef BORNFLOW_SOURCE_DIR
  const std::string beside = std::string(BORNFLOW_SOURCE_DIR) + "/../shared/data";
#else
  const std::string beside = std::filesystem::path(__FILE__).parent_path() / "../../../shared/data";
#endif
  return std::filesystem::is_directory(beside) ? beside : "";
}

}  // namespace

TEST(ModelInput, raw_files_need_exactly_their_size) {
  const test::TestFolder folder;
  const std::string path = folder.path("v.bin");
  test::write_bytes(path, bytes_of(values));
  const GridField field = read_field({path, "", 5, 10, 3, 2});
  EXPECT_EQ(field.values, values);
  EXPECT_EQ(field.grid.nx, 3);
  EXPECT_EQ(field.grid.nz, 2);
  EXPECT_EQ(field.grid.dx, 5);
  EXPECT_EQ(field.grid.dz, 10);
  EXPECT_EQ(field.at(1, 0, 0), 2000);
  for (const std::string& bytes : {bytes_of(values) + "x", bytes_of(values).substr(4), std::string()}) {
    test::write_bytes(path, bytes);
    EXPECT_TRUE(contains(message_of<DataError>([&] { read_field({path, "", 5, 10, 3, 2}); }), "24 bytes"));
  }
  EXPECT_THROW(read_field({path, "", 5, 10, 0, 0}), UserError);
  EXPECT_THROW(read_field({path, "", 0, 10, 0, 6}), UserError);
  EXPECT_THROW(read_field({folder.path("none.bin"), "", 5, 10, 3, 2}), IoError);
  EXPECT_THROW(read_field({folder.path("v.dat"), "", 5, 10, 3, 2}), UserError);
}

TEST(ModelInput, npy_files_of_both_versions_and_precisions) {
  const test::TestFolder folder;
  const std::string path = folder.path("v.npy");
  const std::string single = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }     \n";
  const std::string twofold = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }     \n";
  for (const char version : {1, 2}) {
    test::write_bytes(path, npy(single, bytes_of(values), version));
    EXPECT_EQ(read_field({path, "", 5, 5}).values, values);
    const std::vector<double> doubles(values.begin(), values.end());
    test::write_bytes(path, npy(twofold, bytes_of(doubles), version));
    EXPECT_EQ(read_field({path, "", 5, 5, 3, 2}).values, values);
  }
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_field({path, "", 5, 5, 2, 3}); }), "transposed"));
  EXPECT_TRUE(contains(message_of<UserError>([&] { read_field({path, "", 5, 0}); }), "[model] file_dz"));
  const auto refused = [&](const std::string& bytes) {
    test::write_bytes(path, bytes);
    return message_of<DataError>([&] { read_field({path, "", 5, 5}); });
  };
  const auto header = [](const char* type, const char* fortran, const char* shape) {
    return std::string("{'descr': '") + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
  };
  const std::string bytes = bytes_of(values);
  EXPECT_TRUE(contains(refused(npy(header("<f4", "True", "(2, 3)"), bytes)), "Fortran"));
  EXPECT_TRUE(contains(refused(npy(header(">f4", "False", "(2, 3)"), bytes)), ">f4"));
  EXPECT_TRUE(contains(refused(npy(header("<f4", "False", "(6,)"), bytes)), "two axes"));
  EXPECT_TRUE(contains(refused(npy(header("<f4", "False", "(1, 2, 3)"), bytes)), "two axes"));
  EXPECT_TRUE(contains(refused(npy(header("<f4", "False", "(2, 4)"), bytes)), "truncated"));
  EXPECT_TRUE(contains(refused(npy(header("<f4", "False", "(4611686018427387904, 4)"), bytes)), "truncated"));
  EXPECT_TRUE(contains(refused(npy("{'descr': '<f4'}\n", bytes)), "lacks"));
  EXPECT_TRUE(contains(refused("not numpy at all"), "not an NPY"));
}

// Whatever bytes change, reading gives a field, a DataError or a UserError.
TEST(ModelInput, changed_bytes_of_npy_headers_never_crash) {
  const test::TestFolder folder;
  const std::string path = folder.path("v.npy");
  const std::string whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", bytes_of(values));
  int n_refused = 0;
  for (int mutant = 0; mutant < 500; ++mutant) {
    RandomStream stream(3, Purpose::test, static_cast<std::uint64_t>(mutant));
    std::string bytes = whole.substr(0, static_cast<std::size_t>(stream.integer(1, static_cast<int>(whole.size()))));
    if (mutant % 2 == 0) bytes = whole;
    bytes[static_cast<std::size_t>(stream.integer(0, static_cast<int>(std::min<std::size_t>(bytes.size(), 70)) - 1))] =
        static_cast<char>(stream.integer(0, 255));
    test::write_bytes(path, bytes);
    try {
      EXPECT_EQ(read_field({path, "", 5, 5}).values.size(), 6U);
    } catch (const DataError&) {
      ++n_refused;
    }
  }
  EXPECT_GT(n_refused, 250);
}

TEST(ModelInput, hdf5_files_tell_their_spacing) {
  const test::TestFolder folder;
  const std::string path = folder.path("m.h5");
  const std::vector<double> spacing{25, 12.5}, origin{100, 50};
  {
    Hdf5File file = Hdf5File::create(path);
    file.write("m", {2, 3}, values.data());
    file.write("line", {6}, values.data());
    file.write("d", {2}, spacing.data());
    file.write("o", {2}, origin.data());
    file.close();
  }
  const GridField field = read_field({path, "m"});
  EXPECT_EQ(field.grid.dx, 25);
  EXPECT_EQ(field.grid.dz, 12.5);
  EXPECT_EQ(field.grid.ox, 100);
  EXPECT_EQ(field.grid.oz, 50);
  EXPECT_EQ(field.values, values);
  EXPECT_TRUE(contains(message_of<UserError>([&] { read_field({path, "m", 10, 12.5}); }), "25"));
  EXPECT_THROW(read_field({path, "line"}), DataError);
  EXPECT_THROW(read_field({path, ""}), UserError);
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_field({path, "vp"}); }), "line, m"));
  {
    Hdf5File file = Hdf5File::create(path);
    file.write("image", {2, 3}, values.data());
    file.write_attribute("/", "dx", 7.5);
    file.write_attribute("/", "dz", 6.0);
    file.close();
  }
  EXPECT_EQ(read_field({path, "image"}).grid.dx, 7.5);
  EXPECT_EQ(read_field({path, "image"}).grid.dz, 6.0);
}

TEST(VelocityInput, converts_units) {
  const test::TestFolder folder;
  const std::string path = folder.path("v.bin");
  const auto read = [&](std::vector<float> raw, const std::string& units) {
    test::write_bytes(path, bytes_of(raw));
    return read_velocity({path, "", units, 10, 10, 3, 2}).values;
  };
  const auto raw = [](auto&& function) {
    std::vector<float> result;
    for (const float v : values) result.push_back(static_cast<float>(function(v)));
    return result;
  };
  EXPECT_EQ(read(values, "m/s"), values);
  // Two roundings to float: relative 2^-23, 3e-4 m/s; the square root does not add to it.
  const auto close = [&](const std::vector<float>& found) {
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(found[i], values[i], 6e-4);
  };
  close(read(raw([](float v) { return v / 1e3; }), "km/s"));
  close(read(raw([](float v) { return v / 0.3048; }), "ft/s"));
  close(read(raw([](float v) { return 1e6 / (double{v} * v); }), "s2/km2"));
  EXPECT_THROW(read(values, "knots"), UserError);
}

TEST(VelocityInput, refuses_impossible_values_with_the_likely_cause) {
  const test::TestFolder folder;
  EXPECT_TRUE(contains(refusal(folder, {1.5, 2, 3, 4, 5, 6}, "m/s"), "units = km/s"));
  EXPECT_TRUE(contains(refusal(folder, {5000, 7000, 9000, 11000, 13000, 14700}, "m/s"), "units = ft/s"));
  EXPECT_TRUE(contains(refusal(folder, {0.02F, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F}, "m/s"), "units = s2/km2"));
  EXPECT_TRUE(contains(refusal(folder, {4.4e-7F, 1e-7F, 2e-7F, 3e-7F, 4e-7F, 4e-7F}, "m/s"), "s2/m2"));
  EXPECT_TRUE(contains(refusal(folder, values, "km/s"), "units = m/s"));
  EXPECT_TRUE(contains(refusal(folder, values, "s2/km2"), "units = m/s"));
  EXPECT_TRUE(contains(refusal(folder, {1e-30F, 2, 3, 1e30F, 5, 6}, "m/s"), "byte order"));
  EXPECT_TRUE(contains(refusal(folder, {1500, 0, 1500, -1, 1500, 1500}, "m/s"), "2 of them are zero or negative"));
  EXPECT_TRUE(contains(refusal(folder, {1500, 299, 1500, 1500, 1500, 1500}, "m/s"), "299"));
  const std::string message = refusal(folder, {1500, 1500, 1500, 1500, NAN, INFINITY}, "m/s");
  EXPECT_TRUE(contains(message, "2 of 6")) << message;
  EXPECT_TRUE(contains(message, "iz = 1, ix = 1")) << message;
  EXPECT_EQ(refusal(folder, {300, 10000, 1500, 1500, 1500, 1500}, "m/s"), "");
}

// Bilinear interpolation is exact for a + b x + c z + d x z; float arithmetic on values below 100 leaves 1e-4.
TEST(FieldResampling, is_exact_for_bilinear_fields) {
  const auto value = [](double x, double z) { return 1 + 0.02 * x - 0.03 * z + 1e-4 * x * z; };
  GridField field;
  Grid& grid = field.grid;
  grid.nx = 21, grid.nz = 16, grid.dx = 10, grid.dz = 20, grid.ox = 100, grid.oz = -20;
  for (int iz = 0; iz < 16; ++iz)
    for (int ix = 0; ix < 21; ++ix) field.values.push_back(static_cast<float>(value(100 + 10 * ix, -20 + 20 * iz)));
  Grid target;
  target.nx = 47, target.nz = 70, target.dx = 4, target.dz = 4, target.ox = 103, target.oz = -17;
  const GridField result = resample(field, target);
  double error = 0;
  for (int iz = 0; iz < 70; ++iz)
    for (int ix = 0; ix < 47; ++ix)
      error = std::max(error, std::fabs(result.at(iz, 0, ix) - value(103 + 4 * ix, -17 + 4 * iz)));
  EXPECT_LT(error, 1e-4);
  EXPECT_EQ(resample(field, field.grid).values, field.values);
  target.ox = 95.5;  // less than half a cell outside: the edge value
  EXPECT_EQ(resample(field, target).at(0, 0, 0), resample(field, target).at(0, 0, 1));
  target.ox = 94;
  EXPECT_THROW(resample(field, target), UserError);
  target.ox = 103, target.nz = 90;
  EXPECT_TRUE(contains(message_of<UserError>([&] { resample(field, target); }), "along z"));
}

// A unit impulse becomes exp(-r^2 / 2 s^2) / sum; constants stay; length 0 is the identity.
TEST(FieldResampling, smoothing_is_a_gaussian_that_keeps_constants) {
  GridField field;
  field.grid.nx = 61, field.grid.nz = 41, field.grid.dx = 5, field.grid.dz = 10;
  field.values.assign(field.grid.size(), 0);
  field.at(20, 0, 30) = 1;
  const GridField impulse = smooth(field, 20, 30);  // deviations of 4 and 3 points
  double sum = 0;
  for (const float v : impulse.values) sum += v;
  EXPECT_NEAR(sum, 1, 1e-5);  // nothing reaches the edges, so nothing is lost
  EXPECT_NEAR(impulse.at(20, 0, 34) / impulse.at(20, 0, 30), std::exp(-0.5), 1e-6);
  EXPECT_NEAR(impulse.at(26, 0, 30) / impulse.at(20, 0, 30), std::exp(-2.0), 1e-6);
  EXPECT_NEAR(impulse.at(20, 0, 30), 1 / (2 * M_PI * 4 * 3), 1e-5);  // four deviations hold all but 1e-4 of the weight
  EXPECT_EQ(smooth(field, 0, 0).values, field.values);
  std::fill(field.values.begin(), field.values.end(), 0.25F);
  EXPECT_EQ(smooth(field, 100, 1000).values, field.values);
  EXPECT_THROW(smooth(field, -1, 0), UserError);
}

TEST(SharedModels, overthrust_of_judi) {
  const std::string path = shared_data() + "/seismic/small_overthrust_model.h5";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "set BORNFLOW_SHARED_DATA to the folder of real models";
  const GridField velocity = read_velocity({path, "m", "s2/km2"});
  EXPECT_EQ(velocity.grid.nx, 401);
  EXPECT_EQ(velocity.grid.nz, 121);
  EXPECT_EQ(velocity.grid.dx, 25);
  EXPECT_EQ(velocity.grid.dz, 25);
  EXPECT_GE(*std::min_element(velocity.values.begin(), velocity.values.end()), 1490);
  EXPECT_LE(*std::max_element(velocity.values.begin(), velocity.values.end()), 6010);
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_velocity({path, "m"}); }), "units = s2/km2"));
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_velocity({path, "copyright"}); }), "another kind"));
}

TEST(SharedModels, overthrust_of_raw_floats) {
  const std::string path = shared_data() + "/seismic/over.bin";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "set BORNFLOW_SHARED_DATA to the folder of real models";
  const GridField velocity = read_velocity({path, "", "m/s", 25, 25, 400, 94});
  EXPECT_EQ(*std::min_element(velocity.values.begin(), velocity.values.end()), 2360);
  EXPECT_EQ(*std::max_element(velocity.values.begin(), velocity.values.end()), 6000);
  // Layers are flat: neighbours along x differ less than neighbours along z, if the axes are read in the right order.
  double along_x = 0, along_z = 0;
  for (int iz = 1; iz < 94; ++iz) {
    for (int ix = 1; ix < 400; ++ix) {
      along_x += std::fabs(velocity.at(iz, 0, ix) - velocity.at(iz, 0, ix - 1));
      along_z += std::fabs(velocity.at(iz, 0, ix) - velocity.at(iz - 1, 0, ix));
    }
  }
  EXPECT_LT(along_x, along_z);
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_velocity({path, "", "km/s", 25, 25, 400, 94}); }), "m/s"));
}

}  // namespace bornflow
