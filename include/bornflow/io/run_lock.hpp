#pragma once

#include <memory>

#include "bornflow/io/run_folder.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Keeps other runs out of a run folder while one works in it: two would replace each other's checkpoints.
///
/// It is the lock of the operating system on the file `run.lock`, so that a run that is killed leaves none behind; the file
/// says who holds it. Parts of a run (RunFolder) work side by side, each part once. Where the file system has no locks
/// there is no protection.
class RunLock {
public:
  /// UserError on every rank when another run holds the folder. Collective.
  RunLock(const RunFolder& folder, const Communicator& comm);
  ~RunLock();

private:
  class FileLock;
  std::unique_ptr<FileLock> folder_, part_;   // on the root
};

}  // namespace bornflow
