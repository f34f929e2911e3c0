#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"

namespace bornflow {

/// Errors of the parameters, collected so that all are told at once.
class ErrorList {
public:
  void add(const std::string& message) { messages_.push_back(message); }
  void add_if(bool broken, const std::string& message) {
    if (broken) add(message);
  }
  std::size_t size() const { return messages_.size(); }

  /// Throws UserError with every message and their number; does nothing when there is none.
  void raise() const {
    if (messages_.empty()) return;
    std::string all;
    for (const auto& message : messages_) all += message + "\n";
    throw UserError(all + std::to_string(messages_.size()) + (messages_.size() == 1 ? " error" : " errors") +
                    "; nothing was run.");
  }

private:
  std::vector<std::string> messages_;
};

}  // namespace bornflow
