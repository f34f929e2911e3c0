#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "bornflow/config/rules.hpp"

/// Strict conversion between the text of a parameter and its C++ value. Independent of the locale; the whole text must
/// be used; format_value() is the shortest text that parses back to the same bits.
namespace bornflow {

/// Where the value of a parameter lives; the alternatives are the types a parameter may have.
using ParameterPointer =
    std::variant<bool*, int*, std::int64_t*, double*, std::string*, std::vector<double>*, std::vector<std::string>*>;

/// Reads `text` into the value if it has the right type and keeps the rule. Otherwise leaves the value and returns what
/// is wrong, to follow "key = text": "is not an integer.", "must be at least 1.".
std::string set_value(ParameterPointer value, const std::string& text, const Rule& rule);

/// Whether the present value keeps the rule.
bool keeps_rule(ParameterPointer value, const Rule& rule);

std::string format_value(ParameterPointer value);
std::string format_number(double value);
std::string type_name(ParameterPointer value);  ///< for the reference: "integer", "list of numbers"

/// `text` without blanks (space, tab) at its ends.
std::string trim(const std::string& text);

/// `text` for an error message: control characters as \xNN, and no more than about 60 characters of it.
std::string printable(const std::string& text);

}  // namespace bornflow
