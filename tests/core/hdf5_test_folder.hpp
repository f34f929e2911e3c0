#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bornflow/parallel/communicator.hpp"

namespace bornflow::test {

/// A folder of its own for one test, the same on all ranks, removed at the end.
class TestFolder {
public:
  TestFolder() : TestFolder(Communicator(MPI_COMM_SELF)) {}
  explicit TestFolder(const Communicator& comm) : comm_(comm.duplicate()) {
    if (comm_.is_root()) {
      std::string pattern = (std::filesystem::temp_directory_path() / "bornflow-test-XXXXXX").string();
      if (mkdtemp(pattern.data()) == nullptr) std::abort();
      path_ = pattern;
    }
    comm_.broadcast(path_);
  }
  ~TestFolder() {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
  Communicator comm_;
  std::string path_;
};

inline std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The message of the error of type E that `action` throws; empty when it throws none.
template <class E, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace bornflow::test
