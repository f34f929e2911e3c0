#pragma once

#include <map>
#include <string>
#include <vector>

#include "bornflow/parallel/communicator.hpp"
#include "src/app/parameters/run_config.hpp"

/// The files that the parameters name.
namespace bornflow {

struct InputFile {
  std::string section;   ///< whose key `file` names it
  std::string path;
};

/// Every file that a run with these parameters reads.
std::vector<InputFile> input_files(const RunConfig& config);

/// UserError when one is missing or cannot be opened. Looks on this rank.
void require_input_files(const std::vector<InputFile>& files);

/// Digests of the contents by section; root reads, everybody gets the same. UserError as above, IoError when one cannot be read
/// to its end, on every rank. Collective.
std::map<std::string, std::string> digest_input_files(const Communicator& world, const std::vector<InputFile>& files);

}  // namespace bornflow
