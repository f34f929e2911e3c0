#include "bornflow/parallel/run_on_root.hpp"

#include <exception>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

void run_on_root(const Communicator& comm, const std::function<void()>& work) {
  std::string failure;  // the exit code as one character, then the message; empty when all is well
  if (comm.is_root()) {
    try {
      work();
    } catch (const Error& error) {
      failure = static_cast<char>('0' + static_cast<int>(error.code())) + std::string(error.what());
    } catch (const std::exception& error) {
      failure = "1" + std::string(error.what());
    }
  }
  comm.broadcast(failure);
  if (failure.empty()) return;
  const std::string message = failure.substr(1);
  switch (static_cast<ExitCode>(failure[0] - '0')) {
    case ExitCode::user: throw UserError(message);
    case ExitCode::data: throw DataError(message);
    case ExitCode::numerical: throw NumericalError(message);
    case ExitCode::io: throw IoError(message);
    default: throw Error(ExitCode::bug, message);
  }
}

}  // namespace bornflow
