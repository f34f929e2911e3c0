#pragma once

#include <stdexcept>
#include <string>

/// Errors, and the exit code each kind leaves the program with.
///
/// A message says what is wrong, where, which rule it breaks, and the cure.
namespace bornflow {

/// Exit codes of the program; job scripts rely on them.
enum class ExitCode : int { done = 0, bug = 1, user = 2, data = 3, numerical = 4, io = 5 };

class Error : public std::runtime_error {
public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

private:
  ExitCode code_;
};

/// The user's parameters or command line are wrong: exit 2.
struct UserError : Error {
  explicit UserError(const std::string& message) : Error(ExitCode::user, message) {}
};

/// A file is damaged, foreign, or holds values that cannot be: exit 3.
struct DataError : Error {
  explicit DataError(const std::string& message) : Error(ExitCode::data, message) {}
};

/// NaN, instability or divergence: exit 4.
struct NumericalError : Error {
  explicit NumericalError(const std::string& message) : Error(ExitCode::numerical, message) {}
};

/// Disk full, no permission, no such folder: exit 5.
struct IoError : Error {
  explicit IoError(const std::string& message) : Error(ExitCode::io, message) {}
};

/// A broken promise inside the program: exit 1. Use through BORNFLOW_REQUIRE.
struct Bug : Error {
  Bug(const char* file, int line, const char* condition, const std::string& message);
};

}  // namespace bornflow

/// Checks an internal promise; the failing expression, file and line are always in the message.
#define BORNFLOW_REQUIRE(condition, message) \
  do {                                       \
    if (!(condition)) throw ::bornflow::Bug(__FILE__, __LINE__, #condition, message); \
  } while (false)
