#include "bornflow/config/parameter_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bornflow/config/suggestion.hpp"

namespace bornflow {

namespace {

using Strings = std::vector<std::string>;

// ---- text -> value: each returns what is wrong, or nothing --------------------------------------------------------

template <class Integer>
std::string parse_integer(const std::string& text, Integer& value) {
  const char* begin = text.data();
  const char* const end = begin + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') ++begin;  // from_chars knows no plus sign
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc::result_out_of_range && stop == end)
    return "does not fit a " + std::to_string(8 * sizeof(Integer)) + "-bit integer.";
  if (error != std::errc() || stop != end) return "is not an integer.";
  return "";
}

std::string parse(const std::string& text, int& value) { return parse_integer(text, value); }
std::string parse(const std::string& text, std::int64_t& value) { return parse_integer(text, value); }

std::string parse(const std::string& text, double& value) {
  const char* begin = text.data();
  const char* const end = begin + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') ++begin;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc::result_out_of_range && stop == end) return "does not fit a double (about 1e-308 to 1e308).";
  if (error == std::errc() && stop == end) return std::isfinite(value) ? "" : "must be finite.";
  std::string with_point = text;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  double ignored = 0;
  if (std::count(text.begin(), text.end(), ',') == 1 && parse(with_point, ignored).empty())
    return "is not a number. Did you mean '" + with_point + "'?";
  return "is not a number.";
}

std::string parse(const std::string& text, bool& value) {
  std::string lower = text;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* name : {"true", "yes", "on"})
    if (lower == name) return value = true, "";
  for (const char* name : {"false", "no", "off"})
    if (lower == name) return value = false, "";
  return "is not a boolean: true, false, yes, no, on or off.";
}

/// A string stands as it is, or in double quotes, where \" and \\ stand for " and \.
std::string parse(const std::string& text, std::string& value) {
  const char* const misplaced = "has a misplaced quote. Double quotes must enclose the whole value; inside write \\\".";
  if (text.empty() || text.front() != '"') {
    if (text.find('"') != std::string::npos) return misplaced;
    value = text;
    return "";
  }
  std::string inner;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    inner += text[i];
  }
  if (i + 1 != text.size()) return misplaced;
  value = inner;
  return "";
}

/// The parts between the commas that are not in quotes.
Strings split_list(const std::string& text) {
  Strings parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[i++];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      parts.emplace_back();
      continue;
    }
    parts.back() += text[i];
  }
  for (std::string& part : parts) part = trim(part);
  return parts;
}

template <class T>
std::string parse(const std::string& text, std::vector<T>& values) {
  std::vector<T> read;
  const Strings parts = text.empty() ? Strings() : split_list(text);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string where = "has element " + std::to_string(i + 1);
    if (parts[i].empty()) return where + " empty; a list is written a, b, c.";
    read.emplace_back();
    const std::string wrong = parse(parts[i], read.back());
    if (!wrong.empty()) return where + ", '" + printable(parts[i]) + "', which " + wrong;
  }
  values = std::move(read);
  return "";
}

// ---- value -> text ------------------------------------------------------------------------------------------------

std::string format(bool value) { return value ? "true" : "false"; }
std::string format(int value) { return std::to_string(value); }
std::string format(std::int64_t value) { return std::to_string(value); }
std::string format(double value) { return format_number(value); }

std::string format(const std::string& value, bool in_list = false) {
  const bool plain = value.find_first_of(in_list ? "\"#," : "\"#") == std::string::npos && trim(value) == value;
  if (plain && !(in_list && value.empty())) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

template <class T>
std::string format(const std::vector<T>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    if constexpr (std::is_same_v<T, std::string>)
      text += format(values[i], true);
    else
      text += format(values[i]);
  }
  return text;
}

// ---- rules --------------------------------------------------------------------------------------------------------

std::string broken_rule(const std::string& text, bool allowed, const Rule& rule) {
  if (allowed) return "";
  const std::string near = suggestion(text, rule.choices());
  return "must be " + rule.text() + "." + (near.empty() ? "" : " Did you mean '" + near + "'?");
}

template <class Number>
std::string check(Number value, const Rule& rule) {
  const std::string text = format(value);
  return broken_rule(text, rule.allows_number(static_cast<double>(value)) && rule.allows_text(text), rule);
}

std::string check(bool value, const Rule& rule) {
  return broken_rule(format(value), rule.allows_text(format(value)), rule);
}

std::string check(const std::string& value, const Rule& rule) {
  if (rule.is_required() && value.empty()) return "must not be empty.";
  return broken_rule(value, rule.allows_text(value), rule);
}

template <class T>
std::string check(const std::vector<T>& values, const Rule& rule) {
  if (rule.is_required() && values.empty()) return "must not be empty.";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string wrong = check(values[i], rule);
    if (!wrong.empty())
      return "has element " + std::to_string(i + 1) + ", " + printable(format(values[i])) + ", which " + wrong;
  }
  return "";
}

struct TypeName {
  std::string operator()(bool*) const { return "boolean"; }
  std::string operator()(int*) const { return "integer"; }
  std::string operator()(std::int64_t*) const { return "integer"; }
  std::string operator()(double*) const { return "number"; }
  std::string operator()(std::string*) const { return "text"; }
  std::string operator()(std::vector<double>*) const { return "list of numbers"; }
  std::string operator()(Strings*) const { return "list of texts"; }
};

}  // namespace

std::string set_value(ParameterPointer value, const std::string& text, const Rule& rule) {
  return std::visit(
      [&](auto* target) -> std::string {
        constexpr bool is_scalar = std::is_arithmetic_v<std::remove_pointer_t<decltype(target)>>;
        if (is_scalar && text.empty()) return "has no value; expected: " + type_name(value) + ".";
        auto read = *target;
        std::string wrong = parse(text, read);
        if (wrong.empty()) wrong = check(read, rule);
        if (wrong.empty()) *target = std::move(read);
        return wrong;
      },
      value);
}

bool keeps_rule(ParameterPointer value, const Rule& rule) {
  return std::visit([&](const auto* target) { return check(*target, rule).empty(); }, value);
}

std::string format_value(ParameterPointer value) {
  return std::visit([](const auto* target) { return format(*target); }, value);
}

std::string format_number(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string type_name(ParameterPointer value) { return std::visit(TypeName(), value); }

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string printable(const std::string& text) {
  constexpr std::size_t longest = 60;
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues_character = (byte & 0xC0) == 0x80;  // never cut a UTF-8 sequence
    if (shown.size() >= longest && !continues_character) return shown + "...";
    if (shown.size() >= 4 * longest) return shown + "...";
    if (byte < 0x20 || byte == 0x7F) {
      const char* const digits = "0123456789abcdef";
      shown += std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
    } else {
      shown += text[i];
    }
  }
  return shown;
}

}  // namespace bornflow
