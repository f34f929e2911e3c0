#include "flows/training/flow_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "flows/training/architecture_fields.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError was thrown";
}

FlowHeader header() {
  FlowHeader result{test::toy_architecture(), {0.1, 2.0, 1.0 / 3, 4.0, StrengthUse::told, -0.2, 0.7}};
  FlowArchitecture& a = result.architecture;  // every field differs from its default
  a.network = "hint";
  a.hidden = 7;
  a.depth = 9;
  a.scales = 1;
  a.clamp = 0.1;
  a.condition_channels = 3;
  a.condition_scalars = 1;
  a.squeeze = "checkerboard";
  a.final_relu = true;
  return result;
}

TrainingHistory history() {
  TrainingHistory result(3);
  for (int i = 0; i < 3; ++i) result[i].epoch = i + 1, result[i].train_loss = 0.1 * i, result[i].step = 100 * i;
  return result;
}

void fill(test::AffineFlow& flow) {
  auto w = flow.weights();
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i) / 3;
  from_host(w, flow.parameters().values());
  flow.set_initialised(true);
}

void read_back(const std::string& path, test::AffineFlow& flow) {
  const Hdf5File file = Hdf5File::open(path);
  read_flow_header(file, "flow");
  read_flow_parameters(file, flow);
}

}  // namespace

TEST(FlowFile, gives_back_architecture_normalisation_weights_and_history) {
  const auto world = test::world();
  const test::Folder folder(world, "flow_file");
  test::AffineFlow flow(4, 6), read(4, 6);
  fill(flow);
  save_flow(folder.file("flow.h5"), header(), flow, history());
  EXPECT_TRUE(is_complete(folder.file("flow.h5")));

  const Hdf5File file = Hdf5File::open(folder.file("flow.h5"));
  const FlowHeader found = read_flow_header(file, "flow");
  const FlowHeader expected = header();
  EXPECT_EQ(architecture_text(found.architecture), architecture_text(expected.architecture));
  EXPECT_TRUE(found.normalisation == expected.normalisation);
  read_flow_parameters(file, read);
  EXPECT_EQ(read.weights(), flow.weights());
  EXPECT_TRUE(read.initialised());
  const auto epochs = read_history(file);
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_EQ(epochs[2].epoch, 3);
  EXPECT_EQ(epochs[2].step, 200);
  EXPECT_EQ(epochs[2].train_loss, 0.2);
  EXPECT_EQ(file.number_attribute("/", "n_parameters"), 72);
  EXPECT_EQ(file.text_attribute("/", "network"), "hint");
  EXPECT_EQ(file.text_attribute("/", "description"), "affine");
}

TEST(FlowFile, of_another_network_is_refused_with_the_first_difference) {
  const auto world = test::world();
  const test::Folder folder(world, "flow_file_other");
  test::AffineFlow flow(4, 6), larger(4, 8), renamed(4, 6, "other");
  save_flow(folder.file("flow.h5"), header(), flow, {});
  std::string message = message_of([&] { read_back(folder.file("flow.h5"), larger); });
  EXPECT_NE(message.find("affine.a.weight holds 24 numbers, this network has 32"), std::string::npos) << message;
  message = message_of([&] { read_back(folder.file("flow.h5"), renamed); });
  EXPECT_NE(message.find("'other.a.weight' is missing"), std::string::npos) << message;

  struct Fewer : test::AffineFlow {  // the file has all of its arrays and more
    Fewer() : AffineFlow(4, 6) {
      parameters_ = {};
      parameters_.add("affine.a.weight", 24);
      parameters_.allocate();
    }
  } fewer;
  message = message_of([&] { read_back(folder.file("flow.h5"), fewer); });
  EXPECT_NE(message.find("n_parameters = 72, this network has 24"), std::string::npos) << message;
}

TEST(FlowFile, that_is_foreign_or_cut_is_refused) {
  const auto world = test::world();
  const test::Folder folder(world, "flow_file_foreign");
  const std::string path = folder.file("flow.h5");
  test::AffineFlow flow(4, 6);
  {
    OutputFile image(path);
    const float value = 1;
    image.file().write("/image", {1}, &value);
    image.commit();
  }
  EXPECT_NE(message_of([&] { read_back(path, flow); }).find("not a flow"), std::string::npos);
  {
    Hdf5File never_completed = Hdf5File::create(path);
    write_flow(never_completed, "flow", header(), flow);
    never_completed.close();
  }
  EXPECT_NE(message_of([&] { read_back(path, flow); }).find("never completed"), std::string::npos);
  {
    OutputFile checkpoint(path);
    write_flow(checkpoint.file(), "flow checkpoint", header(), flow);
    checkpoint.commit();
  }
  EXPECT_NE(message_of([&] { read_back(path, flow); }).find("holds a flow checkpoint"), std::string::npos);
  {
    OutputFile newer(path);
    write_flow(newer.file(), "flow", header(), flow);
    newer.file().write_attribute("/", "flow_version", 99);
    newer.commit();
  }
  EXPECT_NE(message_of([&] { read_back(path, flow); }).find("version 99"), std::string::npos);
  save_flow(path, header(), flow, {});
  read_back(path, flow);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
  EXPECT_THROW(read_back(path, flow), DataError);
  EXPECT_THROW(read_back(folder.file("absent.h5"), flow), IoError);
}

TEST(FlowFile, with_values_that_are_not_finite_is_refused) {
  const auto world = test::world();
  const test::Folder folder(world, "flow_file_nan");
  test::AffineFlow flow(4, 6), read(4, 6);
  auto w = flow.weights();
  w[30] = std::numeric_limits<float>::quiet_NaN();
  from_host(w, flow.parameters().values());
  save_flow(folder.file("flow.h5"), header(), flow, {});
  const std::string message = message_of([&] { read_back(folder.file("flow.h5"), read); });
  EXPECT_NE(message.find("affine.b.bias has a value that is not finite at 6"), std::string::npos) << message;
}

}  // namespace bornflow
