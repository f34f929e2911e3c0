#include "bornflow/io/run_folder.hpp"

#include <gtest/gtest.h>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/error.hpp"
#include "bornflow/io/manifest.hpp"
#include "hdf5_test_folder.hpp"
#include "support/world.hpp"

namespace bornflow {

using test::message_of;

TEST(RunFolderMpi, is_made_with_its_parents) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  const RunFolder run(folder.path("a b/\xC3\xBC/run/"), world);
  EXPECT_TRUE(std::filesystem::is_directory(folder.path("a b/\xC3\xBC/run")));
  EXPECT_TRUE(std::filesystem::is_empty(run.path()));
  world.barrier();
  EXPECT_EQ(run.path("pairs.h5"), folder.path("a b/\xC3\xBC/run/pairs.h5"));
  for (const char* name : {"", "../x", "a/../../x", "/etc/x"}) EXPECT_THROW(run.path(name), Bug);
  if (world.is_root()) {
    run.write_status("checkpointed");
    run.write_status("done");
    EXPECT_EQ(test::file_bytes(run.path("run.status")), "done\n");
    EXPECT_FALSE(std::filesystem::exists(run.path("run.status.partial")));
  }
  const RunFolder again(run.path(), world);  // a folder that exists is used
}

TEST(RunFolderMpi, all_ranks_throw_when_it_cannot_be_used) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  if (world.is_root()) test::write_bytes(folder.path("file"), "x");
  world.barrier();
  const auto message = [&](const std::string& path) {
    return message_of<IoError>([&] { RunFolder run(path, world); });
  };
  EXPECT_NE(message(folder.path("file")).find("run folder"), std::string::npos);
  EXPECT_NE(message(folder.path("file/run")).find("run folder"), std::string::npos);
  EXPECT_NE(message("/proc/run"), "");
  EXPECT_NE(message("/sys").find("cannot be written"), std::string::npos);  // read only, for everybody
}

TEST(ManifestMpi, holds_what_the_run_was) {
  const auto world = test::world();
  const test::TestFolder folder(world);
  if (world.is_root()) test::write_bytes(folder.path("model.bin"), "foobar");
  ManifestData data;
  data.command_line = {"bornflow", "run", "a \"quoted\" file\n.cfg"};
  data.parameters = {{"model", "units", "km/s", "command line"}};
  data.seeds = {{"training", std::int64_t{1} << 60}};
  data.input_files = {folder.path("model.bin")};
  data.start();
  write_manifest(folder.path("manifest.json"), data, world);
  world.barrier();
  const std::string text = test::file_bytes(folder.path("manifest.json"));
  for (const std::string& part :
       {std::string("\"status\": \"running\""), "\"ranks\": " + std::to_string(world.size()),
        std::string("\"hosts\": 1"), std::string("a \\\"quoted\\\" file\\n.cfg"),
        std::string("\"training\": 1152921504606846976"), std::string("\"origin\": \"command line\""),
        std::string("\"name\": \"model.bin\""), std::string("\"bytes\": 6"), std::string("85944171f73967e8"),
        build_info().front().second, git_hash()})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  EXPECT_EQ(text.find(folder.path()), std::string::npos) << "no folders of the user";
  data.finish("done");
  write_manifest(folder.path("manifest.json"), data, world);
  world.barrier();
  EXPECT_NE(test::file_bytes(folder.path("manifest.json")).find("\"status\": \"done\""), std::string::npos);
  data.input_files = {folder.path("none.bin")};
  const std::string message =
      message_of<IoError>([&] { write_manifest(folder.path("manifest.json"), data, world); });
  EXPECT_NE(message.find("none.bin"), std::string::npos) << "on every rank";
}

}  // namespace bornflow
