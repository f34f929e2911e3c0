#include "bornflow/report/json_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "bornflow/base/error.hpp"
#include "bornflow/config/parameter_value.hpp"

namespace bornflow {

namespace {

/// Number of bytes of the valid UTF-8 sequence at `i`, or 0 (overlong forms, surrogates and values above U+10FFFF are
/// invalid; Unicode 15, table 3-7).
std::size_t utf8_length(const std::string& text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
  const auto continues = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool allowed = !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second > 0x9F);
    return allowed && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool allowed = !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F);
    return allowed && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
    } else if (byte == '"' || byte == '\\') {
      result += std::string("\\") + text[i];
    } else if (byte == '\n') {
      result += "\\n";
    } else if (byte == '\t') {
      result += "\\t";
    } else if (byte < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
      result += code;
    } else {
      result.append(text, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return result + '"';
}

}  // namespace

void JsonWriter::new_line() { text_ += "\n" + std::string(2 * levels_.size(), ' '); }

void JsonWriter::before_value() {
  if (levels_.empty()) {
    BORNFLOW_REQUIRE(text_.empty(), "a JSON document holds one value");
    return;
  }
  if (levels_.back().kind == '{') {
    BORNFLOW_REQUIRE(has_key_, "a value in a JSON object needs a key");
    has_key_ = false;
    return;
  }
  if (!levels_.back().is_empty) text_ += ',';
  levels_.back().is_empty = false;
  new_line();
}

JsonWriter& JsonWriter::key(const std::string& name) {
  BORNFLOW_REQUIRE(!levels_.empty() && levels_.back().kind == '{' && !has_key_,
                   "a JSON key belongs into an object, before a value");
  if (!levels_.back().is_empty) text_ += ',';
  levels_.back().is_empty = false;
  new_line();
  text_ += quoted(name) + ": ";
  has_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin(char open) {
  before_value();
  text_ += open;
  levels_.push_back({open, true});
  return *this;
}

JsonWriter& JsonWriter::end(char open, char close) {
  BORNFLOW_REQUIRE(!levels_.empty() && levels_.back().kind == open && !has_key_, "JSON brackets do not match");
  const bool is_empty = levels_.back().is_empty;
  levels_.pop_back();
  if (!is_empty) new_line();
  text_ += close;
  return *this;
}

JsonWriter& JsonWriter::scalar(const std::string& text) {
  before_value();
  text_ += text;
  return *this;
}

JsonWriter& JsonWriter::value(const std::string& text) { return scalar(quoted(text)); }
JsonWriter& JsonWriter::value(double number) { return std::isfinite(number) ? scalar(format_number(number)) : null(); }

std::string JsonWriter::text() const {
  BORNFLOW_REQUIRE(levels_.empty() && !text_.empty(), "the JSON document is not complete");
  return text_ + "\n";
}

void JsonWriter::write_file(const std::string& path) const {
  const std::string document = text();
  const std::string partial = path + ".partial";
  std::FILE* const file = std::fopen(partial.c_str(), "w");
  bool written = file != nullptr && std::fwrite(document.data(), 1, document.size(), file) == document.size() &&
                 std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  int cause = errno;
  if (file != nullptr && std::fclose(file) != 0 && written) {
    written = false;
    cause = errno;
  }
  if (written && std::rename(partial.c_str(), path.c_str()) != 0) {
    written = false;
    cause = errno;
  }
  if (written) return;
  std::remove(partial.c_str());
  throw IoError("cannot write " + path + ": " + std::strerror(cause) + ". Is there room, and may you write there?");
}

}  // namespace bornflow
