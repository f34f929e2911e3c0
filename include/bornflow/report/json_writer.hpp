#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace bornflow {

/// Writes one JSON document (RFC 8259) piece by piece, indented by two blanks. Numbers that are not finite become null,
/// bytes that are not UTF-8 become U+FFFD. Pieces in an impossible order throw Bug.
class JsonWriter {
public:
  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('{', '}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end('[', ']'); }
  JsonWriter& key(const std::string& name);

  JsonWriter& value(const std::string& text);
  JsonWriter& value(const char* text) { return value(std::string(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool truth) { return scalar(truth ? "true" : "false"); }
  template <class Integer, class = std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>>>
  JsonWriter& value(Integer number) {
    return scalar(std::to_string(number));
  }
  JsonWriter& null() { return scalar("null"); }

  /// key and value of an object in one call.
  template <class T>
  JsonWriter& member(const std::string& name, const T& content) {
    return key(name).value(content);
  }

  /// The document, which must be complete.
  std::string text() const;
  /// Writes the document so that `path` is either the old file or the whole new one. Throws IoError.
  void write_file(const std::string& path) const;

private:
  struct Level {
    char kind;
    bool is_empty;
  };
  JsonWriter& begin(char open);
  JsonWriter& end(char open, char close);
  JsonWriter& scalar(const std::string& text);
  void before_value();
  void new_line();

  std::string text_;
  std::vector<Level> levels_;
  bool has_key_ = false;
};

}  // namespace bornflow
