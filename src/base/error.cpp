#include "bornflow/base/error.hpp"

namespace bornflow {

Bug::Bug(const char* file, int line, const char* condition, const std::string& message)
    : Error(ExitCode::bug, std::string("bug at ") + file + ":" + std::to_string(line) + ": " + message +
                               " (broken promise: " + condition + ")") {}

}  // namespace bornflow
