#pragma once

#include <cstdio>
#include <string>

namespace bornflow {

/// The lines of a dry run: a name and what there is to say of it.
class DryRunTable {
public:
  void line(const char* name, const char* format, double a = 0, double b = 0, double c = 0) {
    char value[160];
    std::snprintf(value, sizeof value, format, a, b, c);
    words(name, value);
  }
  void words(const std::string& name, const std::string& value) {
    text_ += "  " + name + std::string(name.size() < 34 ? 35 - name.size() : 1, ' ') + value + "\n";
  }
  void heading(const std::string& text) { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

}  // namespace bornflow
