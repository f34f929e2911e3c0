#include "src/app/input_files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bornflow/base/error.hpp"
#include "bornflow/io/manifest.hpp"
#include "bornflow/parallel/run_on_root.hpp"

namespace bornflow {

std::vector<InputFile> input_files(const RunConfig& config) {
  std::vector<InputFile> files;
  if (config.problem.kind != "waves") return files;
  if (config.model.kind == "file") files.push_back({"model", config.model.file});
  if (config.density.kind == "file") files.push_back({"density", config.density.file});
  if (config.prior.kind == "library") files.push_back({"prior", config.prior.file});
  if (!config.acquisition.file.empty()) files.push_back({"acquisition", config.acquisition.file});
  if (config.observed.truth == "unknown") files.push_back({"observed", config.observed.file});
  return files;
}

void require_input_files(const std::vector<InputFile>& files) {
  for (const InputFile& file : files) {
    const auto refuse = [&](const std::string& why) { throw UserError("[" + file.section + "] file = '" + file.path + "': " + why); };
    std::error_code error;
    if (std::filesystem::is_directory(file.path, error)) refuse("is a folder.");
    errno = 0;
    if (!std::ifstream(file.path, std::ios::binary).is_open()) refuse(std::string(std::strerror(errno)) + ".");
  }
}

std::map<std::string, std::string> digest_input_files(const Communicator& world, const std::vector<InputFile>& files) {
  std::map<std::string, std::string> digests;
  run_on_root(world, [&] {
    require_input_files(files);
    for (const InputFile& file : files) digests[file.section] = file_digest(file.path);
  });
  for (const InputFile& file : files) world.broadcast(digests[file.section]);
  return digests;
}

}  // namespace bornflow
