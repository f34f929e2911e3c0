#include "flows/training/checkpoint.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "bornflow/base/error.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

/// A training state with something in every place.
struct Filled {
  explicit Filled(float value, const std::string& name = "affine")
      : flow(4, 6, name), adam(flow.parameters(), {}), average(flow.parameters(), 0.9) {
    Kokkos::deep_copy(flow.parameters().values(), value);
    Kokkos::deep_copy(adam.first_moment(), 2 * value);
    Kokkos::deep_copy(adam.second_moment(), 3 * value);
    Kokkos::deep_copy(average.values(), 4 * value);
    adam.set_steps(17);
    average.set_updates(16);
    flow.set_initialised(true);
    state.epoch = 2;
    state.step = (std::int64_t{1} << 40) + 1;
    state.loss_sum = 1.0 / 3;
    state.best_epoch = 1;
    state.best_validation_loss = -1.0 / 7;
    state.best_values.assign(flow.parameters().size(), 5 * value);
    state.history = {EpochRecord{}, EpochRecord{}};
    state.history[1].train_loss = 0.1;
  }
  TrainingParts parts() { return {flow, adam, average, state}; }

  test::AffineFlow flow;
  Adam adam;
  WeightAverage average;
  TrainingState state;
};

FlowHeader header() { return {test::toy_architecture(), {0.1, 2.0, 0.3, 4.0}}; }

template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

void cut_in_half(const std::string& path) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
}

}  // namespace

TEST(Checkpoint, gives_back_every_bit) {
  const auto world = test::world();
  const test::Folder folder(world, "checkpoint");
  const Checkpoint checkpoint(world, folder.file("flow.checkpoint.h5"), "c", header());
  Filled saved(0.1f), restored(0.0f);
  restored.state = {};
  EXPECT_FALSE(checkpoint.restore(restored.parts(), {}));
  checkpoint.save(saved.parts());
  ASSERT_TRUE(checkpoint.restore(restored.parts(), {}));
  EXPECT_EQ(to_host(restored.flow.parameters().values()), to_host(saved.flow.parameters().values()));
  EXPECT_EQ(to_host(restored.adam.first_moment()), to_host(saved.adam.first_moment()));
  EXPECT_EQ(to_host(restored.adam.second_moment()), to_host(saved.adam.second_moment()));
  EXPECT_EQ(to_host(restored.average.values()), to_host(saved.average.values()));
  EXPECT_EQ(restored.adam.steps(), 17);
  EXPECT_EQ(restored.average.updates(), 16);
  EXPECT_TRUE(restored.flow.initialised());
  EXPECT_EQ(restored.state.step, saved.state.step);
  EXPECT_EQ(restored.state.loss_sum, saved.state.loss_sum);
  EXPECT_EQ(restored.state.best_validation_loss, saved.state.best_validation_loss);
  EXPECT_EQ(restored.state.best_values, saved.state.best_values);
  ASSERT_EQ(restored.state.history.size(), 2u);
  EXPECT_EQ(restored.state.history[1].train_loss, 0.1);
  checkpoint.remove();
  EXPECT_FALSE(checkpoint.restore(restored.parts(), {}));
}

TEST(Checkpoint, keeps_infinity_before_the_first_validation) {
  const auto world = test::world();
  const test::Folder folder(world, "checkpoint_infinity");
  const Checkpoint checkpoint(world, folder.file("c.h5"), "c", header());
  Filled saved(0.1f), restored(0.0f);
  saved.state = {};
  checkpoint.save(saved.parts());
  ASSERT_TRUE(checkpoint.restore(restored.parts(), {}));
  EXPECT_EQ(restored.state.best_validation_loss, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(restored.state.best_values.empty());
  EXPECT_TRUE(restored.state.history.empty());
}

TEST(Checkpoint, a_damaged_one_falls_back_to_the_previous_with_a_warning) {
  const auto world = test::world();
  const test::Folder folder(world, "checkpoint_damaged");
  const std::string path = folder.file("flow.checkpoint.h5");
  const Checkpoint checkpoint(world, path, "c", header());
  Filled older(1.0f), newer(2.0f), restored(0.0f);
  checkpoint.save(older.parts());
  checkpoint.save(newer.parts());
  std::string warning;
  const auto warn = [&](const std::string& text) { warning = text; };
  ASSERT_TRUE(checkpoint.restore(restored.parts(), warn));
  EXPECT_EQ(restored.flow.weights()[0], 2.0f);
  EXPECT_EQ(warning, "");

  cut_in_half(path);
  ASSERT_TRUE(checkpoint.restore(restored.parts(), warn));
  EXPECT_EQ(restored.flow.weights()[0], 1.0f);
  EXPECT_NE(warning.find("continues from the older"), std::string::npos) << warning;

  // Killed between the two renames: only the previous one has a name.
  std::filesystem::remove(path);
  ASSERT_TRUE(checkpoint.restore(restored.parts(), warn));
  EXPECT_EQ(restored.flow.weights()[0], 1.0f);

  // Nothing whole is left: hours of training are not thrown away without being asked.
  cut_in_half(Checkpoint::previous_path(path));
  EXPECT_THROW(checkpoint.restore(restored.parts(), warn), DataError);
}

TEST(Checkpoint, finds_a_flipped_bit) {
  const auto world = test::world();
  const test::Folder folder(world, "checkpoint_bit");
  const std::string path = folder.file("c.h5");
  const Checkpoint checkpoint(world, path, "c", header());
  Filled saved(1.2345f), restored(0.0f);
  checkpoint.save(saved.parts());
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  ASSERT_NE(file, nullptr);
  std::string bytes(std::filesystem::file_size(path), '\0');
  ASSERT_EQ(std::fread(bytes.data(), 1, bytes.size(), file), bytes.size());
  const float stored = 3 * 1.2345f;  // a value of the second moment
  const std::size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&stored), sizeof stored));
  ASSERT_NE(place, std::string::npos);
  std::fseek(file, static_cast<long>(place), SEEK_SET);
  std::fputc(bytes[place] ^ 1, file);
  std::fclose(file);
  const std::string message = message_of([&] { checkpoint.restore(restored.parts(), {}); });
  EXPECT_NE(message.find("/optimiser/second_moment is damaged"), std::string::npos) << message;
}

TEST(Checkpoint, of_something_else_is_refused_with_the_way_out) {
  const auto world = test::world();
  const test::Folder folder(world, "checkpoint_else");
  const std::string path = folder.file("c.h5");
  Filled saved(1.0f), restored(0.0f);
  Checkpoint(world, path, "batch = 8", header()).save(saved.parts());

  const Checkpoint other(world, path, "batch = 9", header());
  EXPECT_THROW(other.restore(restored.parts(), {}), UserError);
  const std::string message = message_of([&] { other.restore(restored.parts(), {}); });
  EXPECT_NE(message.find("of another configuration; give the old parameters, or remove "), std::string::npos) << message;

  auto data = header();
  data.normalisation.x_mean = 0.2;
  EXPECT_THROW(Checkpoint(world, path, "batch = 8", data).restore(restored.parts(), {}), UserError);
  auto network = header();
  network.architecture.hidden = 64;
  EXPECT_THROW(Checkpoint(world, path, "batch = 8", network).restore(restored.parts(), {}), UserError);
}

TEST(Checkpoint, an_unwritable_folder_is_an_io_error) {
  const auto world = test::world();
  Filled saved(1.0f);
  EXPECT_THROW(Checkpoint(world, "/nowhere/flow.checkpoint.h5", "c", header()).save(saved.parts()), IoError);
}

}  // namespace bornflow
